#include "orchestrator/cli/selection_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "orchestrator/base/joined.h"

namespace testbed {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

const Axis* find_axis(const Matrix& matrix, const std::string& name) {
  const auto found = std::find_if(matrix.axes.begin(), matrix.axes.end(),
                                  [&](const Axis& axis) { return axis.name == name; });
  return found == matrix.axes.end() ? nullptr : &*found;
}

Result<> check_values(const Axis& axis, const AxisPattern& pattern) {
  const std::vector<std::string> known = all_values(axis);
  for (const std::string& value : pattern.values) {
    if (std::find(known.begin(), known.end(), value) != known.end()) continue;
    return Error{"--only " + axis.name + "=" + value + ": the scenario has no such value; it has " +
                 joined(known, ", ")};
  }
  return {};
}

}  // namespace

void SelectionOptions::declare(CLI::App& app) {
  app.add_option(
         "--only", only,
         "restrict the matrix: AXIS=VALUE[,VALUE]; a value may be a version range; may be repeated")
      ->type_name("AXIS=VALUE")
      ->take_all();
  app.add_flag("--all", all, "also the values a plain run leaves out");
}

Result<Selection> SelectionOptions::selection(const Matrix& matrix) const {
  Selection selection{.only = {}, .all = all};
  for (const std::string& text : only) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return Error{"--only " + text + ": write AXIS=VALUE"};
    const Axis* axis = find_axis(matrix, text.substr(0, equals));
    if (axis == nullptr) return Error{"--only " + text + ": the scenario has no such axis"};
    const AxisPattern pattern = TRY(parse_axis_pattern(split(text.substr(equals + 1))));
    TRY(check_values(*axis, pattern));
    AxisPattern& sum = selection.only[axis->name];
    sum.values.insert(sum.values.end(), pattern.values.begin(), pattern.values.end());
    sum.ranges.insert(sum.ranges.end(), pattern.ranges.begin(), pattern.ranges.end());
  }
  return selection;
}

}  // namespace testbed
