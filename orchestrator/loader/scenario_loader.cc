#include "orchestrator/loader/scenario_loader.h"

#include "orchestrator/base/sha512.h"
#include "orchestrator/base/size.h"
#include "orchestrator/loader/load_file.h"
#include "orchestrator/loader/scenario_checks.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

std::optional<std::string> optional_text(const YamlNode& map, std::string_view key) {
  const YamlNode* node = map.find(key);
  return node != nullptr && node->is_scalar() ? std::optional(node->text) : std::nullopt;
}

std::optional<milliseconds> optional_duration(const YamlNode& map, std::string_view key) {
  const milliseconds span = duration_of(map.text_of(key));
  return span.count() > 0 ? std::optional(span) : std::nullopt;
}

Axis read_axis(const YamlEntry& entry) {
  if (!entry.value.is_map()) return {.name = entry.key, .values = entry.value.texts(), .also = {}};
  return {.name = entry.key,
          .values = entry.value.texts_of("default"),
          .also = entry.value.texts_of("also")};
}

CheckSpec read_check(const YamlNode& section, bool is_rung) {
  return {.name = section.text_of(is_rung ? "rung" : "check"),
          .is_rung = is_rung,
          .argv = section.texts_of("run"),
          .start = section.texts_of("start"),
          .holds = {.exit_code = integer_of(section.text_of("exit")),
                    .out = optional_text(section, "stdout"),
                    .out_contains = optional_text(section, "stdout_contains"),
                    .out_matches = optional_text(section, "stdout_matches"),
                    .errno_name = optional_text(section, "errno"),
                    .value = optional_text(section, "value"),
                    .close_errno = optional_text(section, "close")},
          .where = selector_of(section),
          .timeout = optional_duration(section, "timeout"),
          .within = optional_duration(section, "within")};
}

Expectation read_expectation(const YamlNode& section) {
  return {.where = selector_of(section),
          .reaches = section.texts_of("reaches"),
          .check = optional_text(section, "check"),
          .signature = optional_text(section, "signature"),
          .because = section.text_of("because")};
}

Limits read_limits(const YamlNode& root) {
  Limits limits;
  const YamlNode* section = root.find("limits");
  if (section == nullptr) return limits;
  limits.cell = optional_duration(*section, "cell").value_or(limits.cell);
  limits.step = optional_duration(*section, "step").value_or(limits.step);
  if (const auto bytes = parse_size(section->text_of("memory"))) limits.memory = *bytes;
  return limits;
}

// One element for each entry of the file, also where keys are wrong: the checks rely on equal
// indexes.
Scenario read_scenario(const CheckedFile& file) {
  const YamlNode& root = file.root;
  Scenario scenario{.name = root.text_of("scenario"),
                    .question = root.text_of("question"),
                    .image = root.text_of("image"),
                    .network = root.text_of("network"),
                    .tools = root.texts_of("tools"),
                    .axes = {},
                    .exclusions = {},
                    .checks = {},
                    .limits = read_limits(root),
                    .expectations = {},
                    .variables = {},
                    .file = file.file,
                    .digest = sha512_of(file.text)};
  if (scenario.network.empty()) scenario.network = "none";
  for (const YamlEntry& axis : root.entries_of("axes")) scenario.axes.push_back(read_axis(axis));
  for (const YamlNode& item : root.items_of("exclude"))
    scenario.exclusions.push_back({.where = selector_of(item), .because = item.text_of("because")});
  for (const YamlNode& item : root.items_of("ladder"))
    scenario.checks.push_back(read_check(item, true));
  for (const YamlNode& item : root.items_of("checks"))
    scenario.checks.push_back(read_check(item, false));
  for (const YamlNode& item : root.items_of("expect"))
    scenario.expectations.push_back(read_expectation(item));
  for (const YamlEntry& variable : root.entries_of("variables"))
    scenario.variables[variable.key] = variable.value.text;
  return scenario;
}

}  // namespace

Loaded<Scenario> load_scenario(const fs::path& path, const Catalog& catalog,
                               const LoadOptions& options) {
  return load_file<Scenario>(path, FileKind::Scenario,
                             [&](const CheckedFile& file, ProblemList& problems) {
                               Scenario scenario = read_scenario(file);
                               check_scenario(file.root, scenario, catalog, options, problems);
                               return scenario;
                             });
}

}  // namespace testbed
