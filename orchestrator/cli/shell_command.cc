// shell: a cell's sandbox with its components running, and a shell in it.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "orchestrator/base/log.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/scenario_run.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

// Nobody sits longer in front of it.
constexpr std::chrono::hours kLongestSession(24);

struct Options {
  std::string cell;
  std::string scenario;  // its file; empty: the one of its name
  std::string command;   // instead of what is typed
  bool offline = false;
};

// "exp07/fuse-cgroup+native" names its scenario; without one it is a cell of the latest run.
std::optional<std::string> id_of(const Project& project, const std::string& name, int& code) {
  if (name.find('/') != std::string::npos) return name;
  const auto run = load_run(project, "latest", code);
  if (!run) return std::nullopt;
  auto id = find_cell(*run, name);
  if (id) return std::move(*id);
  code = fail(kExitNoInput, "find the cell: " + id.error().message);
  return std::nullopt;
}

// The cell alone, without its ladder: what a person tries is not to find everything done.
Result<Matrix> only(Matrix matrix, const std::string& id) {
  std::erase_if(matrix.cells, [&](const Cell& cell) { return cell.id != id; });
  if (matrix.cells.empty())
    return Error{"the scenario has no cell " + id + "; `testbed plan` lists them"};
  Cell& cell = matrix.cells.front();
  if (!cell.excluded_because.empty()) return Error{id + " is excluded: " + cell.excluded_because};
  cell.checks.clear();
  cell.expectations.clear();
  return matrix;
}

// The terminal belongs to one process group at a time, and the shell has its own.
class Terminal {
 public:
  explicit Terminal(pid_t group) : is_one_(::isatty(STDIN_FILENO)) {
    if (!is_one_) return;
    ::signal(SIGTTOU, SIG_IGN);
    ::tcsetpgrp(STDIN_FILENO, group);
    ::kill(-group, SIGCONT);  // it may have asked for input before
  }
  ~Terminal() {
    if (is_one_) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  }
  Terminal(const Terminal&) = delete;

 private:
  bool is_one_;
};

int exit_code_of(const ExitStatus& status) {
  if (const auto* exited = std::get_if<Exited>(&status)) return exited->code;
  if (const auto* signalled = std::get_if<Signalled>(&status)) return 128 + signalled->signal;
  return kExitInterrupted;
}

int talk(const HeldCell& held, const std::string& command, std::stop_token stop) {
  std::vector<std::string> argv = held.shell;
  if (!command.empty())
    argv.insert(argv.end(), {"-c", command});
  else if (!::isatty(STDIN_FILENO))
    argv.push_back("-s");
  else
    argv.push_back("-i");
  auto shell = Subprocess::start(
      {.argv = argv, .in = STDIN_FILENO, .out = STDOUT_FILENO, .err = STDERR_FILENO});
  if (!shell) return fail(kExitUnavailable, "start the shell: " + shell.error().message);
  const Terminal terminal(shell->pid());
  return exit_code_of(shell->wait(Deadline::after(kLongestSession), std::move(stop)));
}

int open_shell(const Project& project, const Catalog& catalog, const Scenario& scenario,
               Matrix matrix, const Options& options) {
  const auto results = TempDir::make(fs::temp_directory_path(), "testbed-shell");
  if (!results) return fail(kExitCannotCreate, results.error().message);
  Project apart = project;  // a session is no result
  apart.results = results->path();
  const StopSignals signals;
  std::optional<int> ended;
  RunSettings settings;
  settings.offline = options.offline;
  settings.live = false;  // the terminal is the shell's
  settings.hold = [&](const HeldCell& held) {
    ended = talk(held, options.command, signals.token());
  };
  std::string reason;
  settings.conclude = [&](const Run& run) {
    for (const auto& [id, result] : run.results) reason = result.outcome.reason;
  };
  const std::string id = matrix.cells.front().id;
  const int code = run_scenario(apart, catalog, scenario, std::move(matrix),
                                {.only = {}, .all = true}, settings, signals);
  if (ended) return *ended;
  if (signals.signal() != 0) return code;
  return fail(kExitUnavailable, "open " + id + ": " + (reason.empty() ? "see above" : reason));
}

int shell(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto id = id_of(*project, options.cell, code);
  if (!id) return code;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  const auto scenario = load_project_scenario(
      *project, *catalog,
      options.scenario.empty() ? id->substr(0, id->find('/')) : options.scenario, code);
  if (!scenario) return code;
  auto matrix = expand(*scenario, *catalog);
  if (!matrix)
    return fail(kExitBadInput, "expand " + scenario->name + ": " + matrix.error().message);
  auto cell = only(std::move(*matrix), *id);
  if (!cell) return fail(kExitNoInput, "find the cell: " + cell.error().message);
  return open_shell(*project, *catalog, *scenario, std::move(*cell), options);
}

}  // namespace

Action declare_shell(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("cell", options->cell, "SCENARIO/CELL, or a cell of the latest run")->required();
  app.add_option("--command,-c", options->command, "run this instead of what is typed");
  app.add_option("--scenario", options->scenario,
                 "its file [the one of its name below scenarios/]");
  app.add_flag("--offline", options->offline, "take artifacts from the cache only");
  app.footer(
      "Example: testbed shell exp07/fuse-cgroup+runsc-20240722\n"
      "Commands run as the cell's checks do, below its supervisor and in its environment; none of\n"
      "the checks has been run. The shell has no terminal of its own: no job control, no line "
      "editing.\n"
      "Nothing is recorded. Ends as the shell does.");
  return [options] { return shell(*options); };
}

}  // namespace testbed
