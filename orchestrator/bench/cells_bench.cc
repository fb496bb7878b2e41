// A hundred trivial cells against a shell loop of the same `runsc run`; see README.md.
#include <unistd.h>

#include <cstdio>

#include "orchestrator/artifact/obtain.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/bench/measure.h"
#include "orchestrator/bundle/bundle.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/model/expand.h"
#include "orchestrator/run/area.h"
#include "orchestrator/sandbox/runsc_args.h"

namespace testbed {
namespace {

constexpr int kJobs = 2;
constexpr milliseconds kWithin(10 * 60'000);
constexpr const char* kScenario = "orchestrator/bench/trivial.yaml";

constexpr const char* kProgram = "testbed run";
constexpr const char* kAgentLoop = "loop: the agent runs the probe";
constexpr const char* kProbeLoop = "loop: the probe alone";

// $1 is how many, $2 the directory that holds bundles 1 and 2, the rest the command line of runsc.
constexpr const char* kProbeScript = R"(
count=$1 base=$2; shift 2
one() { "$@" >/dev/null </dev/null; }
)";
// The agent's protocol (emulator/agent/README.md): run, wait for its end, quit.
constexpr const char* kAgentScript = R"(
count=$1 base=$2; shift 2
one() {
  coproc agent { "$@"; }
  local pid=$agent_PID from=${agent[0]} to=${agent[1]} line=
  printf 'run 1 14\nAprobe\0Auname\0' >&$to
  while [[ $line != *'exit 1 '* ]]; do read -r line <&$from || exit 1; done
  printf 'quit 0 0\n' >&$to
  wait $pid
}
)";
constexpr const char* kLoop = R"(
worker() {
  for ((i = 0; i < count; i++)); do
    one "$@" --root=$base/$worker/state --log=$base/$worker/log run --bundle $base/$worker bench-$$-$worker-$i \
      2>>$base/$worker/errors || exit 1
  done
}
worker=1; worker "$@" & first=$!
worker=2; worker "$@" & second=$!
wait $first && wait $second
)";

// What both sides run, and where.
struct Setting {
  Project project;
  fs::path rootfs;
  std::vector<std::string> runsc;  // without --root and --log
  int cells = 0;
};

Result<fs::path> obtained(const Catalog& catalog, Cache& cache, const std::string& name,
                          const std::string& label) {
  const Artifact* artifact = catalog.find_artifact(name);
  if (artifact == nullptr) return Error{"no artifact is named " + name};
  const ObtainOptions options{.offline = false,
                              .only_source = {},
                              .progress = [](std::string_view) {},
                              .deadline = Deadline::after(kWithin),
                              .stop = {}};
  const ObtainedArtifact artifact_here = TRY(obtain(*artifact, label, cache, options));
  return fs::path(artifact_here.directory);
}

// The command line that a cell of this sandbox gets, apart from what differs from cell to cell.
Result<std::vector<std::string>> runsc_line(const SandboxSpec& sandbox, const fs::path& program) {
  const CommandOutput flags =
      TRY(run_command({.argv = {(program / "runsc").string(), "flags"}}, Deadline::after(kWithin)));
  std::set<std::string> listed = flags_listed(flags.out + flags.err);
  listed.erase("root");
  listed.erase("log");
  SandboxStart start;
  start.spec = sandbox;
  start.program = program;
  return runsc_args(start, listed);
}

Result<Setting> prepare() {
  Setting setting{.project = TRY(find_project()), .rootfs = {}, .runsc = {}, .cells = 0};
  int code = 0;
  const auto catalog = load_project_catalog(setting.project, code);
  if (!catalog) return Error{"the catalog cannot be loaded"};
  const auto scenario =
      load_project_scenario(setting.project, *catalog, setting.project.root / kScenario, code);
  if (!scenario) return Error{"the scenario cannot be loaded"};
  const Matrix matrix = TRY(expand(*scenario, *catalog));
  setting.cells = static_cast<int>(matrix.cells.size());
  const SandboxSpec& sandbox = matrix.cells.front().sandbox;
  const CacheOptions options = TRY(CacheOptions::from_environment());
  Cache cache = TRY(Cache::open(options));
  setting.rootfs = TRY(obtained(*catalog, cache, scenario->image, "latest")) / "rootfs";
  const fs::path runsc = TRY(obtained(*catalog, cache, "runsc", sandbox.version));
  setting.runsc = TRY(runsc_line(sandbox, runsc));
  return setting;
}

// One bundle for each worker, made before the clock starts.
class Bundles {
 public:
  static Result<Bundles> make(const Setting& setting, const fs::path& base, bool with_agent) {
    Bundles made(base);
    for (int worker = 1; worker <= kJobs; ++worker) {
      const fs::path work = base / std::to_string(worker);
      TRY(make_directories(work / "journal"));
      TRY(make_directories(work / "state"));
      BundleSpec spec;
      spec.programs = setting.project.programs.string();
      spec.journals = (work / "journal").string();
      spec.rootfs = (work / "rootfs").string();
      made.bundles_.push_back(TRY(Bundle::make(work, setting.rootfs, spec)));
      if (!with_agent) TRY(write_file(work / "config.json", to_pretty(probing(spec))));
    }
    return made;
  }

  const fs::path& base() const { return base_; }

 private:
  explicit Bundles(fs::path base) : base_(std::move(base)) {}

  static json::object probing(const BundleSpec& spec) {
    json::object config = oci_config(spec);
    config["process"].as_object()["args"] =
        json::array{std::string(kInsidePrograms) + "/probe", "uname"};
    return config;
  }

  fs::path base_;
  std::vector<Bundle> bundles_;
};

Result<> run_program(const Setting& setting, const fs::path& results) {
  const fs::path program = setting.project.programs.parent_path().parent_path() / "bin/testbed";
  ProcessSpec spec{.argv = {program.string(), "run", (setting.project.root / kScenario).string(),
                            "--jobs", std::to_string(kJobs), "--offline"}};
  spec.env = {{"TESTBED_RESULTS", results.string()},
              {"TESTBED_HOME", setting.project.root.string()}};
  TRY(must_succeed(std::move(spec), Deadline::after(kWithin)));
  return {};
}

Result<> run_loop(const Setting& setting, const fs::path& base, const char* script) {
  ProcessSpec spec{.argv = {"bash", "-c", std::string(script) + kLoop, "bash",
                            std::to_string(setting.cells / kJobs), base.string()}};
  spec.argv.insert(spec.argv.end(), setting.runsc.begin(), setting.runsc.end());
  TRY(must_succeed(std::move(spec), Deadline::after(kWithin)));
  return {};
}

void print(const Costs& costs, int cells) {
  const auto& ours = costs.at(kProgram);
  std::printf("%d cells, %d at a time, median of %zu\n", cells, kJobs, ours.size());
  std::printf("%-32s %8s %12s %8s %12s %8s\n", "", "s", "ms a cell", "ratio", "processor s",
              "ratio");
  for (const char* name : {kProgram, kAgentLoop, kProbeLoop}) {
    const double time = median_seconds(costs.at(name));
    const double processor = median_processor_seconds(costs.at(name));
    std::printf("%-32s %8.2f %12.1f %8.3f %12.2f %8.3f\n", name, time, time * 1000 / cells,
                median_seconds(ours) / time, processor, median_processor_seconds(ours) / processor);
  }
}

Result<> measure(int rounds) {
  const Setting setting = TRY(prepare());
  TRY(make_directories(setting.project.results));
  const TempDir results = TRY(TempDir::make(setting.project.results, "bench"));
  RunArea area = TRY(RunArea::make("bench-" + std::to_string(::getpid())));
  {
    const Bundles agents = TRY(Bundles::make(setting, area.directory() / "agent", true));
    const Bundles probes = TRY(Bundles::make(setting, area.directory() / "probe", false));
    Costs costs;
    Result<> last;
    // One after the other in every round: what else the machine does hits all of them.
    const auto step = [&](const char* name, const std::function<Result<>()>& work) {
      if (last) costs[name].push_back(cost_of([&] { last = work(); }));
    };
    for (int round = 0; round < rounds; ++round) {
      step(kProgram, [&] { return run_program(setting, results.path()); });
      step(kAgentLoop, [&] { return run_loop(setting, agents.base(), kAgentScript); });
      step(kProbeLoop, [&] { return run_loop(setting, probes.base(), kProbeScript); });
    }
    if (!last) return last;
    print(costs, setting.cells);
  }
  return area.undo();
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) {
  return testbed::conclude(testbed::measure(testbed::number_argument(argc, argv, 5)));
}
