#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/base/json.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/cli/signatures.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

struct Item {
  std::string name, about;
};

std::vector<Item> scenarios_of(const Project& project, const Catalog& catalog) {
  std::vector<Item> items;
  for (const std::string& name : list_directory(project.root / "scenarios")) {
    if (!name.ends_with(".yaml")) continue;
    const auto scenario = load_scenario(project.root / "scenarios" / name, catalog);
    items.push_back(
        {name, scenario.value ? scenario.value->question : "not valid: see `testbed validate`"});
  }
  return items;
}

std::vector<Item> items_of(const std::string& what, const Project& project,
                           const Catalog& catalog) {
  std::vector<Item> items;
  if (what == "scenarios") return scenarios_of(project, catalog);
  if (what == "approaches") {
    for (const Approach& approach : catalog.approaches)
      items.push_back({approach.name, approach.summary});
  } else if (what == "artifacts") {
    for (const Artifact& artifact : catalog.artifacts)
      items.push_back({artifact.name, artifact.summary});
  } else if (what == "causes") {
    for (const CauseRule& cause : catalog.causes) items.push_back({cause.signature, cause.summary});
  } else {
    for (const std::string& run : list_runs(project.results)) items.push_back({run, ""});
  }
  return items;
}

int list(const std::string& what, const std::string& format) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  if (what == "signatures") return print(signatures_of_runs(*project, format));
  int code = kExitOk;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  json::array array;
  std::ostringstream lines;
  for (const Item& item : items_of(what, *project, *catalog)) {
    array.push_back(json::object{{"name", item.name}, {"about", item.about}});
    lines << item.name << (item.about.empty() ? "" : "  " + item.about) << "\n";
  }
  return print(format == "json" ? to_pretty(array) : lines.str());
}

}  // namespace

Action declare_list(CLI::App& app) {
  auto what = std::make_shared<std::string>("scenarios");
  auto format = std::make_shared<std::string>("text");
  app.add_option("what", *what,
                 "scenarios, approaches, artifacts, causes, runs, signatures (of all runs)")
      ->capture_default_str()
      ->check(
          CLI::IsMember({"scenarios", "approaches", "artifacts", "causes", "runs", "signatures"}));
  app.add_option("--format", *format, "text, json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  app.footer("Example: testbed list runs");
  return [what, format] { return list(*what, *format); };
}

}  // namespace testbed
