// expect: what runs show becomes what is expected.
#include <CLI/CLI.hpp>
#include <memory>

#include "orchestrator/analyze/expectations.h"
#include "orchestrator/base/log.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/loader/expectation_writer.h"

namespace testbed {
namespace {

struct Options {
  std::vector<std::string> runs{"latest"};
  std::string scenario;
  bool write = false;
};

void say(const Shown& shown) {
  for (const std::string& line : shown.silent) log_warning("nothing is expected of " + line);
  for (const std::string& line : shown.obsolete) log_info("obsolete: " + line);
}

int write_block(const Scenario& scenario, const std::string& block) {
  const auto text = read_file(scenario.file);
  if (!text) return fail(kExitNoInput, "read the scenario: " + text.error().message);
  const auto written = write_file_atomically(scenario.file, with_expect_block(*text, block));
  if (!written) return fail(kExitCannotCreate, "write the scenario: " + written.error().message);
  log_info("wrote the expectations of " + scenario.file);
  return kExitOk;
}

int expect(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  std::vector<Run> runs;
  for (const std::string& name : options.runs) {
    auto run = load_run(*project, name, code);
    if (!run) return code;
    if (!runs.empty() && run->scenario != runs[0].scenario)
      return fail(kExitUsage, "expect: " + run->id + " is a run of " + run->scenario + ", not of " +
                                  runs[0].scenario);
    runs.push_back(std::move(*run));
  }
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  const std::string name = options.scenario.empty() ? runs[0].scenario : options.scenario;
  const auto scenario = load_project_scenario(*project, *catalog, name, code);
  if (!scenario) return code;
  const Shown shown = expectations_of(runs, scenario->expectations);
  say(shown);
  const std::string block = expect_block(shown.rows);
  return options.write ? write_block(*scenario, block) : print(block);
}

}  // namespace

Action declare_expect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("runs", options->runs, "runs of one scenario")->capture_default_str();
  app.add_option("--scenario", options->scenario, "its file [scenarios/NAME.yaml of the run]");
  app.add_flag("--write", options->write, "replace the `expect:` block of the file");
  app.footer(
      "Examples:\n  testbed expect latest            print the block\n"
      "  testbed expect latest --write    put it into the scenario");
  return [options] { return expect(*options); };
}

}  // namespace testbed
