// compare and gate: what changed, for a person and as an exit code.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "orchestrator/base/json.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/comparison_view.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/loader/policy_loader.h"

namespace testbed {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string axis;  // "sandbox=runsc-20221219,runsc-20240722"
  std::string format = "text";
  std::string policy;

  void declare(CLI::App& app) {
    app.add_option("runs", runs, "ids, unique prefixes, latest, or paths of records")
        ->required()
        ->expected(1, 2)
        ->type_name("BEFORE [AFTER]");
    app.add_option("--axis", axis, "compare two values within one run: AXIS=BEFORE,AFTER");
    app.add_option("--format", format, "text, markdown, json, html")
        ->capture_default_str()
        ->check(CLI::IsMember({"text", "markdown", "json", "html"}));
  }
};

Result<Comparison> compare_within(const Run& run, const std::string& axis) {
  const std::size_t equals = axis.find('='), comma = axis.find(',');
  if (equals == std::string::npos || comma == std::string::npos || comma < equals)
    return Error{"--axis " + axis + ": write AXIS=BEFORE,AFTER"};
  return compare_values(run, axis.substr(0, equals), axis.substr(equals + 1, comma - equals - 1),
                        axis.substr(comma + 1));
}

std::optional<Comparison> comparison_of(const Options& options, int& code) {
  const bool within = !options.axis.empty();
  if (within != (options.runs.size() == 1)) {
    code = fail(kExitUsage, "compare: give two runs, or one run and --axis");
    return std::nullopt;
  }
  const auto project = find_project();
  if (!project) {
    code = fail(kExitNoInput, "find the project: " + project.error().message);
    return std::nullopt;
  }
  if (within) {
    const auto run = load_run(*project, options.runs[0], code, Detail::SideChecks);
    if (!run) return std::nullopt;
    auto comparison = compare_within(*run, options.axis);
    if (comparison) return std::move(*comparison);
    code = fail(kExitUsage, "compare: " + comparison.error().message);
    return std::nullopt;
  }
  // At once: reading is most of what comparing large runs takes. main allows one arena for both.
  ::mallopt(M_ARENA_MAX, 2);
  std::optional<Run> before;
  int code_of_before = kExitOk;
  std::jthread reader(
      [&] { before = load_run(*project, options.runs[0], code_of_before, Detail::SideChecks); });
  const auto after = load_run(*project, options.runs[1], code, Detail::SideChecks);
  reader.join();
  if (!before) code = code_of_before;
  if (!before || !after) return std::nullopt;
  return compare_runs(*before, *after);
}

std::string shown(const Comparison& comparison, const std::string& format) {
  if (format == "json") return to_pretty(comparison_json(comparison));
  if (format == "html") return comparison_html(comparison);
  return format == "markdown" ? comparison_markdown(comparison) : comparison_text(comparison);
}

int compare(const Options& options) {
  int code = kExitOk;
  const auto comparison = comparison_of(options, code);
  return comparison ? print(shown(*comparison, options.format)) : code;
}

std::optional<Policy> policy_of(const Options& options, int& code) {
  if (options.policy.empty()) return Policy{};
  auto loaded = load_policy(options.policy);
  if (!loaded.value) code = print_problems(loaded.problems);
  return std::move(loaded.value);
}

int gate(const Options& options) {
  int code = kExitOk;
  const auto policy = policy_of(options, code);
  if (!policy) return code;
  auto comparison = comparison_of(options, code);
  if (!comparison) return code;
  const std::size_t differences = comparison->differences.size();
  comparison->differences = failing(*comparison, *policy);
  const std::size_t bad = comparison->differences.size();
  if (options.format == "json") {
    json::object document = comparison_json(*comparison);
    document["policy"] = policy->name;
    document["passes"] = bad == 0;
    code = print(to_pretty(document));
  } else if (options.format == "html") {
    code = print(comparison_html(*comparison));
  } else {
    code = print(shown(*comparison, options.format) + "\ngate " + policy->name + ": " +
                 (bad == 0 ? "passed" : "failed, " + std::to_string(bad) + " of ") +
                 (bad == 0 ? "" : std::to_string(differences) + " differences count") + "\n");
  }
  return code != kExitOk ? code : bad == 0 ? kExitOk : kExitGateFailed;
}

}  // namespace

Action declare_compare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->declare(app);
  app.footer(
      "Examples:\n  testbed compare 20261126-085922 latest\n"
      "  testbed compare latest --axis sandbox=runsc-20221219,runsc-20240722");
  return [options] { return compare(*options); };
}

Action declare_gate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->declare(app);
  app.add_option("--policy", options->policy,
                 "a file that says which changes fail [regressed, gone, not-comparable]");
  app.footer(
      "Example: testbed gate last-night.run latest --policy scenarios/policies/nightly.yaml\n"
      "Exit status: 0 passed, 1 a change fails the gate, 64 and higher as everywhere.");
  return [options] { return gate(*options); };
}

}  // namespace testbed
