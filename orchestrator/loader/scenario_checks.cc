#include "orchestrator/loader/scenario_checks.h"

#include "orchestrator/loader/axis_checks.h"
#include "orchestrator/loader/command_checks.h"
#include "orchestrator/loader/expectation_checks.h"
#include "orchestrator/loader/scalars.h"
#include "orchestrator/loader/spelling.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

bool needs_image(const Axis& sandboxes) {
  const auto needs = [](const std::string& label) { return label != "here" && label != "fake"; };
  for (const auto* values : {&sandboxes.values, &sandboxes.also}) {
    for (const std::string& label : *values) {
      if (needs(label)) return true;
    }
  }
  return false;
}

void check_image(const YamlNode& root, const Scenario& scenario, const Catalog& catalog,
                 ProblemList& problems) {
  const YamlNode* image = root.find("image");
  if (image == nullptr) {
    for (const Axis& axis : scenario.axes) {
      if (axis.name == "sandbox" && needs_image(axis))
        problems.add(root.at, "the file needs the key `image` for its sandboxes");
    }
    return;
  }
  if (!misfit(*image, Scalar::Name).empty()) return;  // already a problem of the file
  std::vector<std::string> known;
  for (const Artifact& artifact : catalog.artifacts) {
    if (artifact.kind == Artifact::Kind::RootFilesystem) known.push_back(artifact.name);
  }
  const Artifact* artifact = catalog.find_artifact(image->text);
  if (artifact == nullptr)
    problems.add(image->at,
                 "images/ has no " + in_quotes(image->text) + did_you_mean(image->text, known));
  else if (artifact->kind != Artifact::Kind::RootFilesystem)
    problems.add(image->at, in_quotes(image->text) + " is not a root file system");
}

// Every value of the axes that a tool names must make one that is there.
void check_tools(const YamlNode& root, const Scenario& scenario, const Catalog& catalog,
                 ProblemList& problems) {
  for (const YamlNode& tool : root.items_of("tools")) {
    if (!misfit(tool, Scalar::Words).empty()) continue;  // already a problem of the file
    std::vector<std::map<std::string, std::string>> points = {{}};
    for (const Axis& axis : scenario.axes) {
      if (tool.text.find("${" + axis.name + "}") == std::string::npos) continue;
      std::vector<std::map<std::string, std::string>> longer;
      for (const auto& point : points) {
        for (const std::string& value : all_values(axis)) {
          longer.push_back(point);
          longer.back()[axis.name] = value;
        }
      }
      points = std::move(longer);
    }
    for (const auto& point : points) {
      if (const auto found = find_tool(catalog, tool.text, point); !found)
        problems.add(tool.at, found.error().message);
    }
  }
}

void check_limits(const YamlNode& root, const Scenario& scenario, ProblemList& problems) {
  const YamlNode* limits = root.find("limits");
  if (limits != nullptr && scenario.limits.step > scenario.limits.cell)
    problems.add(limits->at,
                 "a step may take longer than its whole cell: lower `step` or raise "
                 "`cell`");
}

}  // namespace

void check_scenario(const YamlNode& root, const Scenario& scenario, const Catalog& catalog,
                    const LoadOptions& options, ProblemList& problems) {
  if (!root.is_map()) return;
  check_axes(root, catalog, options, problems);
  check_image(root, scenario, catalog, problems);
  check_tools(root, scenario, catalog, problems);
  check_limits(root, scenario, problems);
  check_commands(root, scenario, problems);
  check_selections(root, scenario, catalog, problems);
}

}  // namespace testbed
