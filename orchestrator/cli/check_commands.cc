// plan, validate, schema: what can be said without running anything.
#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/cli/selection_options.h"
#include "orchestrator/loader/fields.h"
#include "orchestrator/loader/schema.h"
#include "orchestrator/report/matrix_schema.h"

namespace testbed {
namespace {

struct PlanOptions {
  std::vector<std::string> scenarios;
  SelectionOptions selection;
  std::string format = "text";
};

json::object plan_json(const Cell& cell) {
  json::object object = {{"cell", cell.id}, {"image", cell.image}};
  for (const auto& [axis, value] : cell.coordinates) object[axis] = value;
  json::array rungs;
  for (const std::string& rung : rungs_of(cell)) rungs.emplace_back(rung);
  object["rungs"] = rungs;
  if (!cell.excluded_because.empty()) object["excluded_because"] = cell.excluded_because;
  for (const Expectation& expectation : cell.expectations) {
    if (!expectation.check && !expectation.reaches.empty())
      object["expected_rung"] = expectation.reaches.front();
  }
  return object;
}

std::string plan_line(const Cell& cell) {
  std::string line = cell.id + "  " + std::to_string(rungs_of(cell).size()) + " rungs";
  if (!cell.excluded_because.empty()) return line + "  excluded: " + cell.excluded_because;
  for (const Expectation& expectation : cell.expectations) {
    if (expectation.check || expectation.reaches.empty()) continue;
    return line + "  expected to reach " + expectation.reaches.front() + ": " + expectation.because;
  }
  return line;
}

int plan_one(const Catalog& catalog, const Scenario& scenario, const PlanOptions& options,
             json::array& all, std::ostringstream& lines) {
  const auto matrix = expand(scenario, catalog);
  if (!matrix)
    return fail(kExitBadInput, "expand " + scenario.name + ": " + matrix.error().message);
  const auto selection = options.selection.selection(*matrix);
  if (!selection) return fail(kExitUsage, "select cells: " + selection.error().message);
  const std::vector<std::size_t> chosen = select(*matrix, *selection);
  for (const std::size_t index : chosen) {
    all.push_back(plan_json(matrix->cells[index]));
    lines << plan_line(matrix->cells[index]) << "\n";
  }
  lines << scenario.name << ": " << chosen.size() << " of " << matrix->cells.size() << " cells\n";
  return chosen.empty() ? kExitNothingSelected : kExitOk;
}

int plan(const PlanOptions& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  json::array all;
  std::ostringstream lines;
  for (const std::string& name : options.scenarios) {
    const auto scenario = load_project_scenario(*project, *catalog, name, code);
    if (!scenario) return code;
    if (const int planned = plan_one(*catalog, *scenario, options, all, lines); planned != kExitOk)
      return planned;
  }
  return print(options.format == "json" ? to_pretty(all) : lines.str());
}

int validate(const std::vector<std::string>& names) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  std::vector<std::string> files = names;
  if (files.empty()) {
    for (const std::string& name : list_directory(project->root / "scenarios")) {
      if (name.ends_with(".yaml")) files.push_back((project->root / "scenarios" / name).string());
    }
  }
  for (const std::string& file : files) load_project_scenario(*project, *catalog, file, code);
  if (code == kExitOk)
    log_info("valid: " + std::to_string(files.size()) + " scenarios and everything they may name");
  return code;
}

int print_schema(const std::string& kind) {
  if (kind == "matrix") return print(std::string(matrix_schema()));
  const auto found = find_file_kind(kind);
  if (!found) return fail(kExitUsage, "print a schema: no kind of file is named " + kind);
  return print(to_pretty(schema_of(*found)));
}

}  // namespace

Action declare_plan(CLI::App& app) {
  auto options = std::make_shared<PlanOptions>();
  app.add_option("scenario", options->scenarios, "a file, or a name below scenarios/")->required();
  options->selection.declare(app);
  app.add_option("--format", options->format, "text, json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  app.footer("Example: testbed plan exp07 --all --format json");
  return [options] { return plan(*options); };
}

Action declare_validate(CLI::App& app) {
  auto names = std::make_shared<std::vector<std::string>>();
  app.add_option("scenario", *names, "files or names [all scenarios]");
  app.footer("Example: testbed validate my-scenario.yaml");
  return [names] { return validate(*names); };
}

Action declare_schema(CLI::App& app) {
  auto kind = std::make_shared<std::string>("scenario");
  app.add_option("kind", *kind, "scenario, approach, cause, artifact, policy, matrix")
      ->capture_default_str();
  app.footer("Example: testbed schema scenario > scenario.schema.json");
  return [kind] { return print_schema(*kind); };
}

}  // namespace testbed
