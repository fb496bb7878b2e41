// The harness-fault table: every kind of trouble made on purpose, and what was reported. Neither
// may the test bed's own trouble show as a failure of what is tested, nor the other way round, nor
// may something that did not happen show as passed. TESTBED_UPDATE_GOLDEN=1 writes the table anew.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "orchestrator/base/host.h"
#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

constexpr const char* kTable = TESTBED_SOURCE_DIR "/orchestrator/FAULTS.md";
constexpr milliseconds kPatience(120'000);

// A runtime with runsc's command line that is runc, but for the fault it has. The capabilities that
// a sandbox of gVisor is given are more than a machine may have.
constexpr const char* kRuntime = R"(#!/bin/sh
root=
for word; do
  case $word in --root=*) root=${word#--root=};; --*) ;; *) break;; esac
  shift
done
case $1 in
  flags) FLAGS; exit;;
  run) sed -i '/"capabilities"/,/}/d' "$3/config.json"; RUN;;
esac
exec runc --root "$root" "$@"
)";

enum class File { Program, Absent, NotExecutable };

struct RuntimeFault {
  std::string version;  // under which it is had
  std::string what;
  std::string run;  // shell, before the container is started
  std::string reported;
  std::string flags = "echo '  -root string'";  // what answers `runsc flags`
  File file = File::Program;
};

// What the product does: a finding about it, whatever it is.
const std::vector<RuntimeFault> kRuntimeFaults{
    {"20250101", "nothing is wrong with the runtime", ":", "pass"},
    {"20250102", "the runtime refuses to start", "echo cannot start >&2; exit 1",
     "fail of sandbox-up"},
    {"20250103", "the runtime starts and hangs", "exec sleep 60", "hang of sandbox-up"},
    {"20250104", "the runtime is killed at its start", "kill -SEGV $$", "crash of sandbox-up"},
    {"20250105", "the runtime ends silently and in peace", "exit 0", "fail of sandbox-up"},
    {"20250106", "the runtime prints garbage in place of answers",
     "head -c 4000 /dev/urandom; exit 0", "fail of sandbox-up"},
    {"20250107", "the runtime's answer is cut off", "printf '{\"rea'; exit 0",
     "fail of sandbox-up"},
    {"20250108", "the sandbox dies while a command runs in it",
     "(sleep 1.2; runc --root \"$root\" kill \"$4\" KILL) & :", "crash of second"},
    {"20250110", "the runtime takes more memory than the cell may",
     "exec dd if=/dev/zero of=/dev/null bs=900M count=1 iflag=fullblock",
     "crash of sandbox-up: out of memory"},
    {"20250109", "the runtime does not go away", "runc --root \"$root\" \"$@\"; exec sleep 60",
     "pass"},
};

// Of a server that the approach puts into the sandbox.
struct ServerFault {
  std::string what, component, first, reported;
  std::string step = "5s";  // the limit of a step, and so of getting ready
};
const std::vector<ServerFault> kServerFaults{
    {"nothing is wrong with the server", "cgroupfs: {mount: /srv}", "ls /srv", "pass"},
    {"the server does not start", "cgroupfs: {mount: /proc/no-such-place}", "true",
     "fail of first, component-failed"},
    // A dozen mounts take longer than that on any machine.
    {"the server gets ready too late", "cgroupfs: {mount: /srv, mounts: separate, extra: /mnt}",
     "true", "fail of first, component-failed", "1ms"},
    {"the server is killed", "cgroupfs: {mount: /srv}", "pkill -9 cgroupfs; sleep 0.2; ls /srv",
     "fail of first, fuse-server-dead"},
};

// What keeps the test bed from asking the product: never a finding about it.
const std::vector<RuntimeFault> kRuntimeTroubles{
    {"20250201", "the runtime's program is not there", ":", "skip", "", File::Absent},
    {"20250202", "the runtime's file is no program", ":", "skip", "", File::NotExecutable},
    {"20250203", "the runtime is another program than runsc", ":", "infra of sandbox-up",
     "echo usage: something else"},
};

constexpr const char* kLadder = R"(
ladder:
  - {rung: first, run: [probe, uname], errno: OK}
  - {rung: second, run: [sh, -c, "sleep 2; echo hello"], stdout: "hello\n"}
limits: {cell: 12s, step: 4s, memory: 400MiB}
)";

// A workload's ways to end, each a value of an axis.
const std::vector<std::array<std::string, 3>> kWorkloadFaults{
    {"well", "nothing is wrong with the workload", "pass"},
    {"wrong", "the workload answers wrongly", "fail of does"},
    {"refuses", "the workload ends with an error", "fail of does"},
    {"dies", "the workload is killed by a signal", "crash of does"},
    {"waits", "the workload waits for ever", "hang of does"},
    {"works", "the workload works past its limit", "timeout of does"},
    {"absent", "the workload's program is not there", "error of does-not"},
};

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (std::size_t at; (at = text.find(what)) != std::string::npos;)
    text.replace(at, what.size(), with);
  return text;
}

std::string signature_of(const CellResult& result) {
  return result.outcome.cause ? ", " + result.outcome.cause->signature : "";
}

std::string shown(const CellResult& result) {
  const Outcome& outcome = result.outcome;
  const std::string state(name_of(outcome.observed));
  if (outcome.observed == Observed::Pass || outcome.observed == Observed::Skip) return state;
  for (const CheckResult& check : result.attempts.at(0).checks) {
    if (check.observed != outcome.observed) continue;
    const bool for_memory = check.detail.find("; out of memory: ") != std::string::npos;
    return state + " of " + check.name + (for_memory ? ": out of memory" : "");
  }
  return state;
}

class HarnessFaults : public testing::Test {
 protected:
  struct Row {
    std::string who, fault, expected, reported;
  };

  void SetUp() override {
    REQUIRE_HOST(host::lacks_overlay_mounts());
    REQUIRE_HOST(host::lacks_program("runc", "runc"));
    REQUIRE_HOST(host::lacks_program("strace", "strace"));
    fs::create_directories(home() / "scenarios");
    fs::copy(fs::path(TESTBED_SOURCE_DIR) / "scenarios/approaches",
             home() / "scenarios/approaches");
    for (const char* folder : {"scenarios/causes", "scenarios/policies"}) {
      fs::create_symlink(fs::path(TESTBED_SOURCE_DIR) / folder, home() / folder);
    }
    fs::create_directories(home() / "images/runsc");
    fs::create_symlink(fs::path(TESTBED_SOURCE_DIR) / "images/host-root",
                       home() / "images/host-root");
    write_runtimes();
  }

  fs::path home() const { return dir_.path() / "home"; }
  fs::path results() const { return dir_.path() / "results"; }

  // Each fault of a runtime as a version of it.
  void write_runtimes() const {
    std::string artifact = "artifact: runsc\nkind: program\nsummary: fakes\nversions:\n";
    for (const auto* group : {&kRuntimeFaults, &kRuntimeTroubles}) {
      for (const RuntimeFault& fault : *group) {
        const fs::path file = dir_.path() / ("runsc-" + fault.version);
        artifact += "  \"" + fault.version +
                    "\": {note: n, sources: [path: {path: " + file.string() + "}]}\n";
        if (fault.file == File::Absent) continue;
        const std::string text =
            replaced(replaced(kRuntime, "FLAGS", fault.flags), "RUN", fault.run);
        EXPECT_TRUE(is_ok(write_file(file, text)));
        fs::permissions(file, fs::perms(fault.file == File::NotExecutable ? 0644 : 0755));
      }
    }
    EXPECT_TRUE(is_ok(write_file(home() / "images/runsc/artifact.yaml", artifact)));
  }

  ProcessSpec testbed(std::vector<std::string> args, std::vector<std::string> before = {}) const {
    // FaultTableMutation has another one.
    const char* program = std::getenv("TESTBED_PROGRAM");
    args.insert(args.begin(), program ? program : TESTBED_BINARY_DIR "/bin/testbed");
    args.insert(args.begin(), before.begin(), before.end());
    return {.argv = args,
            .env = {{"TESTBED_HOME", home().string()},
                    {"TESTBED_RESULTS", results().string()},
                    {"TESTBED_CACHE", (dir_.path() / "cache").string()},
                    {"TESTBED_RUN_DIR", (dir_.path() / "run").string()}}};
  }
  CommandOutput call(const ProcessSpec& spec) const {
    return run_command(spec, Deadline::after(kPatience)).value();
  }
  std::string scenario(const std::string& name, const std::string& text) const {
    const fs::path file = dir_.path() / (name + ".yaml");
    EXPECT_TRUE(
        is_ok(write_file(file, "scenario: " + name + "\nquestion: q\nimage: host-root\n" + text)));
    return file.string();
  }
  std::string one_cell() const {
    return scenario("one", "axes: {sandbox: [native], approach: [none]}" + std::string(kLadder));
  }
  // The run that comes of a scenario, which has a record.
  testbed::Run run_of(const std::string& file) const {
    const CommandOutput output = call(testbed({"run", file, "--no-second-pass"}));
    const auto runs = list_directory(results());
    EXPECT_FALSE(runs.empty()) << output.err;
    return runs.empty() ? testbed::Run{} : read_run(results() / runs.back()).value();
  }
  void row(const std::string& who, const std::string& fault, const std::string& expected,
           const std::string& reported) {
    EXPECT_EQ(reported, expected) << fault;
    rows_.push_back({who, fault, expected, reported});
  }
  // What `report` says of a run that has not come to its end.
  std::string report_of_the_rest() const {
    const CommandOutput report = call(testbed({"report", "latest"}));
    const auto says = [&](const char* words) {
      return report.out.find(words) != std::string::npos;
    };
    return std::string(says("INCOMPLETE") ? "incomplete, " : "complete, ") +
           (says("1 cell: 1 pending") ? "1 pending" : "passed or failed");
  }
  void forget_runs() const { fs::remove_all(results()); }

  void faults_of_the_runtime();
  void faults_of_the_workload();
  void faults_of_the_server();
  void faults_of_the_machine();
  void faults_of_the_cache();
  void faults_of_the_clock();
  void faults_in_time();
  std::string table() const;

  TempDir dir_ = TempDir::make("/run", "harness-faults").value();
  std::vector<Row> rows_;
};

void HarnessFaults::faults_of_the_runtime() {
  std::string versions;
  for (const auto* group : {&kRuntimeFaults, &kRuntimeTroubles})
    for (const RuntimeFault& fault : *group)
      versions += (versions.empty() ? "" : ", ") + ("runsc-" + fault.version);
  const testbed::Run run = run_of(scenario(
      "runtime", "axes: {sandbox: [" + versions + "], approach: [none]}" + std::string(kLadder)));
  const auto rows_of = [&](const std::string& who, const std::vector<RuntimeFault>& group) {
    for (const RuntimeFault& fault : group) {
      const CellResult* result = run.find("runtime/none+runsc-" + fault.version);
      row(who, fault.what, fault.reported, result ? shown(*result) : "no result");
    }
  };
  rows_of("product", kRuntimeFaults);
  rows_of("test bed", kRuntimeTroubles);
  forget_runs();
}

void HarnessFaults::faults_of_the_workload() {
  std::string values;
  for (const auto& fault : kWorkloadFaults) values += (values.empty() ? "" : ", ") + fault[0];
  const testbed::Run run = run_of(
      scenario("workload", "axes: {sandbox: [native], approach: [none], way: [" + values + R"(]}
ladder:
  - rung: does
    run: [sh, -c, "case ${way} in well) echo hello;; wrong) echo bye;; refuses) exit 3;; dies) kill -SEGV $$;; waits) sleep 60;; works) while :; do :; done;; esac"]
    stdout: "hello\n"
    where: {way: [well, wrong, refuses, dies, waits, works]}
  - {rung: does-not, run: [no-such-program], where: {way: absent}}
limits: {cell: 12s, step: 3s}
)"));
  for (const auto& [way, what, reported] : kWorkloadFaults) {
    const CellResult* result = run.find("workload/none+native+" + way);
    row(way == "absent" ? "scenario" : "product", what, reported,
        result ? shown(*result) : "no result");
  }
  forget_runs();
}

void HarnessFaults::faults_of_the_server() {
  for (const ServerFault& fault : kServerFaults) {
    EXPECT_TRUE(is_ok(
        write_file(home() / "scenarios/approaches/server.yaml",
                   "approach: server\nsummary: s\ncomponents:\n  - " + fault.component + "\n")));
    const testbed::Run run = run_of(scenario("server",
                                             R"(axes: {sandbox: [native], approach: [server]}
ladder:
  - {rung: first, run: [sh, -c, ")" + fault.first +
                                                 R"("]}
limits: {cell: 20s, step: )" + fault.step + "}\n"));
    const CellResult* result = run.find("server/server+native");
    const bool passed = result && result->outcome.observed == Observed::Pass;
    row("approach", fault.what, fault.reported,
        result ? shown(*result) + (passed ? "" : signature_of(*result)) : "no result");
    forget_runs();
  }
}

void HarnessFaults::faults_of_the_machine() {
  const std::string one = one_cell();
  const auto with_small = [&](const fs::path& folder, const std::string& size) {
    fs::create_directories(folder);
    EXPECT_EQ(::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()), 0);
    return ScopedMount::adopt(folder);
  };
  {
    auto full = with_small(results(), "4k");
    const CommandOutput output = call(testbed({"run", one}));
    row("test bed", "the disk of the record is full", "exit code 74", describe(output.status));
    EXPECT_TRUE(is_ok(full.unmount()));
  }
  forget_runs();
  ProcessSpec unwritable = testbed({"run", one});
  unwritable.env["TESTBED_RESULTS"] = one;  // a file
  row("test bed", "the record cannot be made", "exit code 73", describe(call(unwritable).status));
  // The first is that of the record's head.
  for (const auto& [when, code] : {std::pair{"1+", "73"}, std::pair{"2+", "74"}}) {
    const auto output =
        call(testbed({"run", one}, {"strace", "-f", "-o", "/dev/null", "-e",
                                    "inject=fsync,fdatasync:error=EIO:when=" + std::string(when)}));
    row("test bed", "fsync fails from call " + std::string(when, 1) + " of the record on",
        "exit code " + std::string(code), describe(output.status));
    forget_runs();
  }
}

// Of a runtime that is in the cache.
void HarnessFaults::faults_of_the_cache() {
  const std::string version = kRuntimeFaults[0].version;
  const std::string one = scenario(
      "cache", "axes: {sandbox: [runsc-" + version + "], approach: [none]}" + std::string(kLadder));
  const auto reported = [&] {
    const testbed::Run run = run_of(one);
    const CellResult* result = run.find("cache/none+runsc-" + version);
    forget_runs();
    return result ? shown(*result) : "no result";
  };
  const auto change_the_object = [&] {
    for (const auto& entry : fs::recursive_directory_iterator(dir_.path() / "cache/objects")) {
      if (entry.path().filename() != "runsc") continue;
      fs::permissions(entry.path().parent_path(), fs::perms(0755));
      fs::permissions(entry.path(), fs::perms(0755));
      EXPECT_TRUE(is_ok(write_file(entry.path(), "#!/bin/sh\nexit 1\n")));
    }
  };
  EXPECT_EQ(reported(), "pass");
  change_the_object();
  row("test bed", "an artifact of the cache was changed behind its back", "pass", reported());
  change_the_object();
  fs::rename(dir_.path() / ("runsc-" + version), dir_.path() / "away");
  row("test bed", "the same, and its source is gone", "skip", reported());
}

// Durations are of the monotonic clock, and so are limits.
void HarnessFaults::faults_of_the_clock() {
  for (const auto& [seconds, where] : {std::pair{"3600", "ahead"}, std::pair{"-3600", "back"}}) {
    ProcessSpec spec = testbed({"run", one_cell()});
    spec.env["LD_PRELOAD"] = TESTBED_CLOCK_JUMP;
    spec.env["CLOCK_JUMP"] = seconds;
    call(spec);
    const testbed::Run run = read_run(results() / list_directory(results()).back()).value();
    const CellResult* result = run.find("one/none+native");
    const bool in_time = result && !result->attempts.empty() &&
                         result->attempts[0].total > microseconds(0) &&
                         result->attempts[0].total < kPatience;
    const bool jumped = (run.finished < run.started) == (seconds[0] == '-');
    EXPECT_TRUE(jumped) << run.started << " " << run.finished;
    row("test bed", "the clock jumps an hour " + std::string(where) + " in a cell",
        "pass, durations as they were",
        (result ? shown(*result) : "no result") +
            std::string(in_time ? ", durations as they were" : ", durations wrong"));
    forget_runs();
  }
}

void HarnessFaults::faults_in_time() {
  const std::string one = one_cell();
  {
    auto first = Subprocess::start(testbed({"run", one}));
    const CommandOutput second = call(testbed({"run", one}));
    const std::string end = describe(first->wait(Deadline::after(kPatience)));
    row("test bed", "two runs at once", "exit code 0, exit code 0, 2 records",
        end + ", " + describe(second.status) + ", " +
            std::to_string(list_directory(results()).size()) + " records");
  }
  forget_runs();
  const std::vector<std::pair<int, std::string>> moments{{0, "before a cell"}, {1500, "in a cell"}};
  for (const auto& [after, moment] : moments) {
    auto process = Subprocess::start(testbed({"run", one}));
    const Deadline begun = Deadline::after(milliseconds(10'000));
    const auto has_begun = [&] {
      const auto runs = list_directory(results());
      return !runs.empty() && !read_part(results() / runs.back() / "events.ndjson", 0, 1).empty();
    };
    while (!has_begun() && !begun.expired()) std::this_thread::sleep_for(milliseconds(1));
    std::this_thread::sleep_for(milliseconds(after));
    ::kill(process->pid(), SIGKILL);
    process->wait(Deadline::after(kPatience));
    row("test bed", "testbed is killed " + moment, "incomplete, 1 pending", report_of_the_rest());
    call(testbed({"list", "runs"}));
    forget_runs();
  }
  call(testbed({"run", one}));
  const fs::path log = results() / list_directory(results()).back() / "events.ndjson";
  fs::resize_file(log, fs::file_size(log) * 2 / 3);
  row("test bed", "the record is cut off", "incomplete, 1 pending", report_of_the_rest());
}

std::string HarnessFaults::table() const {
  std::string text =
      "# Harness faults\n\nEvery kind of trouble, made on purpose with real processes, and what "
      "was reported of it. "
      "`product`: a finding about\nwhat is tested; `test bed` and `scenario`: never one.\n\n```sh\n"
      "TESTBED_UPDATE_GOLDEN=1 build/orchestrator/cli/harness_faults_test   # writes this table "
      "anew\n"
      "ctest --test-dir build -R FaultTableMutation   # a mapping broken on purpose must be "
      "noticed\n```\n\n"
      "| whose | fault | reported |\n| --- | --- | --- |\n";
  for (const Row& row : rows_)
    text += "| " + row.who + " | " + row.fault + " | " + row.reported + " |\n";
  return text;
}

TEST_F(HarnessFaults, ARerunOfOneCellSaysThatMoreIsOutstanding) {
  const std::string text =
      "scenario: open\nquestion: q\nimage: host-root\n"
      "axes: {sandbox: [native], approach: [none], way: [a, b]}\n"
      "ladder:\n  - {rung: does, run: [sh, -c, 'exit 3']}\nlimits: {cell: 12s, step: 3s}\n";
  const fs::path file = home() / "scenarios/open.yaml";
  EXPECT_TRUE(is_ok(write_file(file, text)));
  EXPECT_EQ(describe(call(testbed({"run", "open", "--no-second-pass"})).status), "exit code 1");
  const std::string first = list_directory(results()).back();
  EXPECT_TRUE(is_ok(write_file(
      file, text + "expect:\n  - {reaches: sandbox-up, because: it ends with an error}\n")));
  const auto rerun = [&](std::vector<std::string> cells) {
    cells.insert(cells.begin(), {"rerun", first});
    return describe(call(testbed(cells)).status);
  };
  EXPECT_EQ(rerun({"--cell", "none+native+a"}), "exit code 5");
  EXPECT_EQ(rerun({}), "exit code 0");
}

TEST_F(HarnessFaults, EachIsReportedAsWhatItIs) {
  faults_of_the_runtime();
  faults_of_the_workload();
  faults_of_the_server();
  faults_of_the_machine();
  faults_of_the_cache();
  faults_of_the_clock();
  faults_in_time();
  if (std::getenv("TESTBED_UPDATE_GOLDEN")) {
    EXPECT_TRUE(is_ok(write_file(kTable, table())));
  }
  EXPECT_EQ(table(), read_part(kTable, 0, 1 << 20));
}

}  // namespace
}  // namespace testbed
