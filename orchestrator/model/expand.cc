#include "orchestrator/model/expand.h"

#include <algorithm>

namespace testbed {
namespace {

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// A cell id is a path, a JUnit name and a shell word: other characters become '_'.
std::string safe(const std::string& value) {
  std::string out;
  for (const char c : value) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '+';
    out += plain ? c : '_';
  }
  return out;
}

// approach first, then the sandbox, then the scenario's own axes.
std::string id_of(const Scenario& scenario, const std::map<std::string, std::string>& coordinates) {
  std::string id = safe(coordinates.at("approach")) + "+" + safe(coordinates.at("sandbox"));
  for (const Axis& axis : scenario.axes) {
    if (axis.name != "approach" && axis.name != "sandbox")
      id += "+" + safe(coordinates.at(axis.name));
  }
  return scenario.name + "/" + id;
}

Result<Cell> make_cell(const Scenario& scenario, const Catalog& catalog,
                       const std::map<std::string, std::string>& coordinates) {
  const Approach* approach = catalog.find_approach(coordinates.at("approach"));
  if (approach == nullptr) return Error{"no approach is named " + coordinates.at("approach")};
  Cell cell{.id = id_of(scenario, coordinates),
            .coordinates = coordinates,
            .sandbox = TRY(parse_sandbox(coordinates.at("sandbox"))),
            .approach = *approach,
            .image = scenario.image,
            .network = scenario.network,
            .tools = {},
            .checks = {},
            .limits = scenario.limits,
            .variables = scenario.variables,
            .expectations = {},
            .excluded_because = {}};
  for (const auto& [axis, value] : coordinates) cell.variables.emplace(axis, value);
  for (const std::string& tool : scenario.tools)
    cell.tools.push_back(TRY(find_tool(catalog, tool, coordinates)));
  for (const CheckSpec& check : scenario.checks) {
    if (matches(check.where, coordinates)) cell.checks.push_back(check);
  }
  for (const Expectation& expectation : scenario.expectations) {
    if (matches(expectation.where, coordinates)) cell.expectations.push_back(expectation);
  }
  for (const Exclusion& exclusion : scenario.exclusions) {
    if (matches(exclusion.where, coordinates)) cell.excluded_because = exclusion.because;
  }
  for (const Axis& axis : scenario.axes) {
    cell.by_default &= contains(axis.values, coordinates.at(axis.name));
  }
  return cell;
}

}  // namespace

std::vector<std::string> all_values(const Axis& axis) {
  std::vector<std::string> values = axis.values;
  values.insert(values.end(), axis.also.begin(), axis.also.end());
  return values;
}

bool AxisPattern::matches(const std::string& value) const {
  if (contains(values, value)) return true;
  const auto date = find_version_date(value);
  return date && std::any_of(ranges.begin(), ranges.end(),
                             [&](const VersionRange& range) { return range.contains(*date); });
}

bool matches(const Selector& where, const std::map<std::string, std::string>& coordinates) {
  return std::all_of(where.begin(), where.end(), [&](const auto& entry) {
    const auto value = coordinates.find(entry.first);
    return value != coordinates.end() && entry.second.matches(value->second);
  });
}

Result<AxisPattern> parse_axis_pattern(const std::vector<std::string>& texts) {
  AxisPattern pattern;
  for (const std::string& text : texts) {
    if (!text.empty() && (text[0] == '<' || text[0] == '>')) {
      pattern.ranges.push_back(TRY(VersionRange::parse(text)));
    } else {
      pattern.values.push_back(text);
    }
  }
  return pattern;
}

Result<ToolSpec> find_tool(const Catalog& catalog, const std::string& text,
                           const std::map<std::string, std::string>& coordinates) {
  std::string name = text;
  for (const auto& [axis, value] : coordinates) {
    const std::string variable = "${" + axis + "}";
    if (const std::size_t at = name.find(variable); at != std::string::npos)
      name.replace(at, variable.size(), value);
  }
  for (const Artifact& artifact : catalog.artifacts) {
    if (artifact.kind != Artifact::Kind::Program || !name.starts_with(artifact.name)) continue;
    if (name == artifact.name && !artifact.versions.empty())
      return ToolSpec{.name = name, .label = artifact.versions.back().label};
    if (name[artifact.name.size()] != '-') continue;
    const std::string label = name.substr(artifact.name.size() + 1);
    if (artifact.find(label) != nullptr) return ToolSpec{.name = artifact.name, .label = label};
  }
  return Error{"images/ has no program `" + name + "`: write NAME or NAME-VERSION"};
}

Result<SandboxSpec> parse_sandbox(const std::string& label) {
  SandboxSpec spec{
      .kind = SandboxSpec::Kind::Native, .label = label, .version = {}, .platform = {}};
  if (label == "native") return spec;
  if (label == "here" || label == "fake") {
    spec.kind = label == "here" ? SandboxSpec::Kind::Here : SandboxSpec::Kind::Fake;
    return spec;
  }
  const auto date = find_version_date(label);
  const std::string rest = date ? label.substr(6 + date->size()) : "?";
  if (!date || (!rest.empty() && rest != "+systrap" && rest != "+ptrace" && rest != "+kvm")) {
    return Error{"'" + label +
                 "' is not a sandbox: write native, here, or runsc-YYYYMMDD with one of "
                 "+systrap, +ptrace, +kvm if it matters"};
  }
  spec.kind = SandboxSpec::Kind::Runsc;
  spec.version = *date;
  spec.platform = rest.empty() ? "" : rest.substr(1);
  return spec;
}

std::vector<std::string> rungs_of(const Cell& cell) {
  std::vector<std::string> rungs = {kSandboxUp};
  for (const CheckSpec& check : cell.checks) {
    if (check.is_rung) rungs.push_back(check.name);
  }
  return rungs;
}

Result<Matrix> expand(const Scenario& scenario, const Catalog& catalog) {
  Matrix matrix{
      .scenario = scenario.name, .question = scenario.question, .axes = scenario.axes, .cells = {}};
  std::vector<std::map<std::string, std::string>> points = {{}};
  for (const Axis& axis : scenario.axes) {
    const std::vector<std::string> values = all_values(axis);
    std::vector<std::map<std::string, std::string>> longer;
    for (const auto& point : points) {
      for (const std::string& value : values) {
        longer.push_back(point);
        longer.back()[axis.name] = value;
      }
    }
    points = std::move(longer);
  }
  for (const auto& point : points) matrix.cells.push_back(TRY(make_cell(scenario, catalog, point)));
  return matrix;
}

std::vector<std::size_t> select(const Matrix& matrix, const Selection& selection) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < matrix.cells.size(); ++i) {
    const Cell& cell = matrix.cells[i];
    const bool wanted = std::all_of(matrix.axes.begin(), matrix.axes.end(), [&](const Axis& axis) {
      const std::string& value = cell.coordinates.at(axis.name);
      const auto only = selection.only.find(axis.name);
      if (only != selection.only.end()) return only->second.matches(value);
      return selection.all || contains(axis.values, value);
    });
    if (wanted) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace testbed
