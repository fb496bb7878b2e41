#include "orchestrator/run/cell_runner.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "orchestrator/approach/components.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/log.h"
#include "orchestrator/bundle/bundle.h"
#include "orchestrator/judge/checks.h"
#include "orchestrator/run/area.h"
#include "orchestrator/run/cell_group.h"
#include "orchestrator/run/cell_network.h"
#include "orchestrator/run/check_runner.h"
#include "orchestrator/run/journal_reader.h"

namespace testbed {
namespace {

constexpr milliseconds kDestroyWithin(20'000);

microseconds since(Deadline::Clock::time_point start) {
  return std::chrono::duration_cast<microseconds>(Deadline::Clock::now() - start);
}

// The control runs on this machine's kernel, which gives nothing that we do not hold.
std::vector<std::string> capabilities_we_hold() {
  std::vector<std::string> held;
  const std::vector<std::string> all = all_capabilities();
  for (unsigned number = 0; number < all.size(); ++number) {
    if (host::holds_capability(number)) held.push_back(all[number]);
  }
  return held;
}

// One attempt: each method is a stage, and false means that it broke.
class AttemptRun {
 public:
  AttemptRun(const Cell& cell, const AttemptPlan& plan, const CellTools& tools,
             std::stop_token stop)
      : cell_(cell), plan_(plan), tools_(tools), stop_(std::move(stop)) {}

  Evidence run() {
    if (obtain()) {
      started_ = Deadline::Clock::now();
      deadline_ = Deadline::after(cell_.limits.cell);
      if (patch() && bundle() && sandbox() && inside_components() && checks()) hold();
      close();
      evidence_.total = since(started_);
    }
    return std::move(evidence_);
  }

 private:
  void stage(const char* name) { tools_.post(StageStarted{cell_.id, name}); }

  bool broke(const char* name, Observed observed, std::string message) {
    evidence_.broke =
        StageBreak{.stage = name, .observed = observed, .message = std::move(message)};
    return false;
  }

  bool obtain() {
    if (cell_.sandbox.kind == SandboxSpec::Kind::Fake) return true;
    stage("obtain");
    if (!obtain_tools()) return false;
    if (cell_.sandbox.kind == SandboxSpec::Kind::Here) return true;
    if (const std::string lacks = host::lacks_overlay_mounts(); !lacks.empty()) {
      return broke("obtain", Observed::Infra, "sandboxes need " + lacks);
    }
    auto image = tools_.obtain(cell_.image, "latest", stop_);
    if (!image) return not_obtained(image.error());
    rootfs_ = fs::path(image->directory) / "rootfs";
    if (cell_.sandbox.kind != SandboxSpec::Kind::Runsc) return true;
    auto runsc = tools_.obtain("runsc", cell_.sandbox.version, stop_);
    if (!runsc) return not_obtained(runsc.error());
    runtime_ = runsc->directory;
    return true;
  }

  bool obtain_tools() {
    for (const ToolSpec& tool : cell_.tools) {
      auto obtained = tools_.obtain(tool.name, tool.label, stop_);
      if (!obtained) return not_obtained(obtained.error());
      brought_.emplace_back(tool.name, obtained->directory);
    }
    return true;
  }

  bool not_obtained(const Error& error) {
    const bool stopped = stop_.stop_requested();
    return broke("obtain", stopped ? Observed::Pending : Observed::Skip,
                 stopped ? "stopped" : error.message);
  }

  bool patch() {
    auto patch = patch_of(cell_.approach);
    if (!patch) return broke("patch", Observed::Error, patch.error().message);
    patch_ = std::move(*patch);
    variables_ = cell_.variables;
    for (const auto& [name, value] : patch_.variables) variables_[name] = value;
    return true;
  }

  bool bundle() {
    static std::atomic<unsigned> last_number =
        0;  // container ids and directories are unique within the run
    number_ = ++last_number;
    auto evidence = tools_.evidence_directory(cell_.id, plan_.folder);
    if (!evidence) return broke("bundle", Observed::Infra, evidence.error().message);
    directory_ = *evidence;
    if (cell_.sandbox.kind == SandboxSpec::Kind::Fake) return true;
    stage("bundle");
    auto made = make_bundle();
    return made ? true : broke("bundle", Observed::Infra, made.error().message);
  }

  Result<> make_bundle() {
    TRY(make_directories(directory_ / "journal"));
    TRY(make_directories(directory_ / "sandbox"));
    work_ = tools_.area / std::to_string(number_);
    TRY(make_directories(work_));
    journals_.emplace(directory_ / "journal");
    const bool here = cell_.sandbox.kind == SandboxSpec::Kind::Here;
    variables_["testbed"] = here ? tools_.programs.string() : kInsidePrograms;
    variables_["out"] = here ? (directory_ / "journal").string() : kInsideJournals;
    variables_["tools"] = here ? (work_ / "tools").string() : kInsideTools;
    variables_["address"] = kSandboxAddress;
    variables_["gateway"] = kOutsideAddress;
    if (here) return bring_tools_here();
    if (cell_.network == "sandbox") network_.emplace(TRY(CellNetwork::make(work_ / "net")));
    BundleSpec spec;
    spec.programs = tools_.programs.string();
    spec.journals = (directory_ / "journal").string();
    spec.tools = brought_;
    if (network_) spec.network_namespace = network_->sandbox().string();
    spec.cgroups_path = group_path();
    spec.memory_limit = cell_.limits.memory;
    spec.patch = patch_;
    if (cell_.is_control()) spec.capabilities = capabilities_we_hold();
    bundle_.emplace(TRY(Bundle::make(work_, rootfs_, std::move(spec))));
    return make_group();
  }

  std::string group_path() const { return tools_.cgroup + "/" + std::to_string(number_); }

  // runc makes the control's group by itself. gVisor is put into one from outside, so that no
  // version has to know how. A machine without such groups gives no figures, and can set no limit.
  Result<> make_group() {
    if (cell_.is_control()) {
      group_ = CellGroup::of_runtime(group_path());
      return {};
    }
    auto made = CellGroup::make(group_path(), cell_.limits.memory);
    if (made)
      group_ = std::move(*made);
    else if (cell_.limits.memory > 0)
      return std::move(made).error().in("limit the memory of a sandbox");
    return {};
  }

  // Unique on this machine, since runsc names a socket of the whole network namespace after it; and
  // short, since in newer versions that socket is a file.
  std::string container_id() const {
    return "testbed-" + std::to_string(::getpid()) + "-" + std::to_string(number_);
  }

  // Without a container the tools are links, and the machine's network is the sandbox's.
  Result<> bring_tools_here() {
    std::string path = tools_.programs.string();
    TRY(make_directories(work_ / "tools"));
    for (const auto& [name, directory] : brought_) {
      const fs::path link = work_ / "tools" / name;
      std::error_code error;
      fs::create_directory_symlink(directory, link, error);
      if (error) return errno_error("symlink", link, error.value());
      path += ":" + link.string();
    }
    const char* inherited = std::getenv("PATH");
    environment_["PATH"] = path + ":" + (inherited != nullptr ? inherited : "/usr/bin:/bin");
    return {};
  }

  bool sandbox() {
    stage("sandbox");
    const auto begin = Deadline::Clock::now();
    SandboxOutcome outcome =
        tools_.runner(cell_.sandbox.kind)
            .start({.spec = cell_.sandbox,
                    .id = container_id(),
                    .bundle = work_,
                    .state = work_ / "state",
                    .logs = directory_ / "sandbox",
                    .program = runtime_,
                    .agent = tools_.programs / "agent",
                    .needs_fuse = patch_.needs_fuse,
                    .needs_cgroup_mount = patch_.needs_cgroup_mount,
                    .network = cell_.network,
                    .groups = group_ ? group_->entrances() : std::vector<fs::path>{},
                    .tracing = tracing()},
                   deadline_, stop_);
    evidence_.start_up = since(begin);
    sandbox_ = std::move(outcome.sandbox);
    if (sandbox_) return true;
    evidence_.broke = std::move(outcome.broke);
    if (group_) evidence_.broke->message += killed_for_memory(group_->use());
    return false;
  }

  Tracing tracing() const {
    if (plan_.watched.empty()) return tools_.tracing;
    return plan_.watched == kSandboxUp ? Tracing::All : Tracing::WhenAsked;
  }

  bool inside_components() {
    const bool on_our_kernel = cell_.is_control() || cell_.sandbox.kind == SandboxSpec::Kind::Here;
    if (patch_.needs_fuse && on_our_kernel && !host::lacks_fuse().empty()) {
      return broke("component", Observed::Infra, "the machine lacks " + host::lacks_fuse());
    }
    for (const InsideSetup& setup : patch_.setup) {
      if (!set_up(setup)) return false;
    }
    for (const InsideProgram& program : patch_.programs) {
      stage("component");
      // Programs of the test bed are no part of the workload: they run without its prefix.
      std::vector<std::string> argv;
      for (const std::string& arg : program.argv) argv.push_back(substituted(arg, variables_));
      auto started = sandbox_->start_program(argv, deadline_.sooner(cell_.limits.step), stop_);
      if (started) continue;
      return broke("component", stop_.stop_requested() ? Observed::Pending : Observed::Fail,
                   program.name + ": " + started.error().message);
    }
    if (journals_) journals_->take();  // what was said while starting belongs to no check
    return true;
  }

  bool set_up(const InsideSetup& setup) {
    stage("component");
    const CommandResult result = sandbox_->run({.argv = setup.argv, .environment = environment_},
                                               deadline_.sooner(cell_.limits.step), stop_);
    if (result.end.kind == CommandEnd::Kind::Exited && result.end.code == 0) return true;
    const bool stopped = result.end.kind == CommandEnd::Kind::Cancelled;
    return broke("component", stopped ? Observed::Pending : Observed::Fail,
                 setup.name + ": " + (result.err.empty() ? result.end.message : result.err));
  }

  // Whether every rung holds.
  bool checks() {
    stage("checks");
    checks_.emplace(CheckRunner::Scene{.sandbox = *sandbox_,
                                       .prefix = patch_.prefix,
                                       .of_program = patch_.of_program,
                                       .variables = variables_,
                                       .environment = environment_,
                                       .journals = journals_ ? &*journals_ : nullptr,
                                       .group = group_ ? &*group_ : nullptr,
                                       .folder = directory_,
                                       .watched = plan_.watched,
                                       .step = cell_.limits.step,
                                       .deadline = deadline_,
                                       .stop = stop_});
    bool ladder_holds = true;
    for (const CheckSpec& check : cell_.checks) {
      if (stop_.stop_requested() || deadline_.expired()) return false;
      if (check.is_rung && !ladder_holds) continue;
      CheckEvidence seen = checks_->carry_out(check);
      CheckResult result = assess(check, seen);
      if (check.is_rung && result.observed != Observed::Pass) ladder_holds = false;
      const bool gone = seen.end.kind == CommandEnd::Kind::SandboxGone;
      evidence_.checks.push_back(std::move(seen));
      tools_.post(CheckFinished{cell_.id, std::move(result)});
      if (gone) return false;
    }
    return ladder_holds;
  }

  void hold() {
    if (!tools_.hold) return;
    stage("hold");
    tools_.hold({cell_, directory_, network_ ? network_->outside() : fs::path(), shell()});
  }

  std::vector<std::string> shell() const {
    std::vector<std::string> argv = sandbox_->enter();
    argv.push_back("/usr/bin/env");
    for (const auto& [name, value] : environment_)
      argv.push_back(name + "=" + substituted(value, variables_));
    for (const std::string& word : patch_.prefix) argv.push_back(substituted(word, variables_));
    argv.push_back("sh");
    return argv;
  }

  // Evidence only: that the disk is full must not change what was seen.
  void keep(const fs::path& file, const std::string& text) {
    if (auto written = write_file(file, text); !written)
      evidence_.leftovers.push_back("lost evidence: " + written.error().message);
  }

  void close_checks() {
    checks_->close();
    evidence_.notes = checks_->notes();
    evidence_.leftovers.insert(evidence_.leftovers.end(), checks_->lost().begin(),
                               checks_->lost().end());
    checks_.reset();
  }

  void close() {
    if (sandbox_) {
      stage("close");
      if (checks_) close_checks();
      if (const std::string errors = sandbox_->program_errors(); !errors.empty())
        keep(directory_ / "components.stderr", errors);
      if (auto ended = sandbox_->destroy(Deadline::after(kDestroyWithin)); !ended) {
        evidence_.leftovers.push_back(ended.error().message);
      }
      sandbox_.reset();
    }
    if (group_) {
      if (auto undone = group_->undo(); !undone) log_detail(undone.error().message);
      group_.reset();
    }
    if (bundle_) {
      if (auto undone = bundle_->undo(); !undone)
        evidence_.leftovers.push_back(undone.error().message);
      bundle_.reset();
    }
    if (network_) {
      if (auto undone = network_->undo(); !undone)
        evidence_.leftovers.push_back(undone.error().message);
      network_.reset();
    }
    if (work_.empty()) return;
    for (std::string& left : find_leftovers(work_)) evidence_.leftovers.push_back(std::move(left));
    if (auto removed = remove_tree(work_); !removed)
      evidence_.leftovers.push_back(removed.error().message);
  }

  const Cell& cell_;
  const AttemptPlan& plan_;
  const CellTools& tools_;
  const std::stop_token stop_;
  Evidence evidence_;
  Deadline deadline_ = Deadline::after(milliseconds(0));
  Deadline::Clock::time_point started_{};
  unsigned number_ = 0;
  fs::path rootfs_, runtime_, directory_, work_;
  BundlePatch patch_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, std::string> environment_;  // of every command
  std::optional<JournalReader> journals_;
  std::vector<std::pair<std::string, std::string>> brought_;  // tools: name, host directory
  // In the order of acquisition: destruction is the teardown.
  std::optional<CellNetwork> network_;
  std::optional<Bundle> bundle_;
  std::optional<CellGroup> group_;
  std::unique_ptr<RunningSandbox> sandbox_;
  std::optional<CheckRunner> checks_;
};

}  // namespace

std::string substituted(const std::string& text,
                        const std::map<std::string, std::string>& variables) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find("${", from)) != std::string::npos;) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const auto value = variables.find(text.substr(at + 2, end - at - 2));
    out += text.substr(from, at - from);
    out += value == variables.end() ? text.substr(at, end + 1 - at) : value->second;
    from = end + 1;
  }
  return out + text.substr(from);
}

Evidence run_attempt(const Cell& cell, const AttemptPlan& plan, const CellTools& tools,
                     std::stop_token stop) {
  return AttemptRun(cell, plan, tools, std::move(stop)).run();
}

}  // namespace testbed
