#include "orchestrator/cli/commands.h"

#include <CLI/CLI.hpp>

#include "orchestrator/base/log.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/run/area.h"

namespace testbed {
namespace {

constexpr const char* kExamples = R"(
Examples:
  testbed run scenarios/exp07.yaml              the default matrix
  testbed run scenarios/exp07.yaml --all        every version
  testbed run exp07 --only approach=fuse-cgroup --only 'sandbox=>=20240101'
  testbed why latest fuse-cgroup-bare+runsc-20240722
  testbed report latest --format junit > junit.xml

Exit status: 0 all as expected, 1 something unexpected, 2 incomplete, 3 nothing selected, 4 all skipped,
  64 usage, 65 bad input file, 66 input not found, 69 something required is not to be had, 70 internal error,
  73 cannot create output, 74 I/O error, 75 try again, 77 not permitted, 130 interrupted, 143 terminated.
)";

// What a run that was killed left behind is undone by whatever is started next.
void tidy_up() {
  for (const std::string& run : clean_up_after_dead_runs()) log_info("cleaned up after " + run);
}

int parse_and_run(CLI::App& app, int argc, char** argv, const std::vector<Action>& actions) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {  // CLI11's own codes start at 100
    app.exit(error);
    return kExitUsage;
  }
  for (std::size_t i = 0; i < commands().size(); ++i) {
    if (!app.get_subcommand(std::string(commands()[i].name))->parsed()) continue;
    tidy_up();
    return actions[i]();
  }
  return kExitUsage;
}

}  // namespace

const std::vector<CommandRow>& commands() {
  static const std::vector<CommandRow> kCommands = {
      {"run", "run scenarios, record, print the matrix", declare_run},
      {"up", "bring a cluster up in a sandbox and keep it, or print how", declare_up},
      {"down", "take away what `up` has brought up", declare_down},
      {"plan", "print the cells a scenario expands to; run nothing", declare_plan},
      {"validate", "check files, all problems at once", declare_validate},
      {"schema", "print the JSON Schema of a file format", declare_schema},
      {"list", "scenarios, approaches, artifacts, causes, runs", declare_list},
      {"doctor", "what this machine can run, what is missing, what would fix it", declare_doctor},
      {"versions", "the artifact cache: list, get, verify, prune", declare_versions},
      {"report", "a recorded run as text, markdown, json, junit, html, svg, badge, figures",
       declare_report},
      {"show", "one cell in full", declare_show},
      {"logs", "the outputs and journals of one cell", declare_logs},
      {"why", "the cause of a red cell, and its nearest green neighbours", declare_why},
      {"archive", "a recorded run as one file, which every command reads", declare_archive},
      {"merge", "shards of a matrix, run on their own, as one run", declare_merge},
      {"rerun", "cells of a run again: what is not as expected, flaky, or named", declare_rerun},
      {"resume", "the cells that an interrupted run did not reach", declare_resume},
      {"compare", "what changed between two runs, versions or approaches", declare_compare},
      {"gate", "the same as an exit code for CI", declare_gate},
      {"bisect", "the version at which a check changed", declare_bisect},
      {"ablate", "which components of an approach are needed", declare_ablate},
      {"expect", "write the expectations that runs show", declare_expect},
      {"shell", "a shell inside a cell's sandbox, with its components running", declare_shell},
      {"completion", "a script for bash, zsh or fish", declare_completion},
  };
  return kCommands;
}

int run_command_line(int argc, char** argv) {
  CLI::App app(
      "testbed runs a workload in gVisor sandboxes of many versions and shows what works, what "
      "does not, and why.",
      "testbed");
  app.set_version_flag("--version", std::string("testbed ") + TESTBED_VERSION);
  app.add_flag_callback(
      "--verbose", [] { set_log_details(true); }, "show every external command on standard error");
  app.footer(kExamples);
  app.require_subcommand(1);
  app.fallthrough();
  std::vector<Action> actions;
  for (const CommandRow& row : commands()) {
    CLI::App* command = app.add_subcommand(std::string(row.name), std::string(row.summary));
    actions.push_back(row.declare(*command));
  }
  return parse_and_run(app, argc, argv, actions);
}

}  // namespace testbed
