#include "orchestrator/loader/expectation_checks.h"

#include <algorithm>

#include "orchestrator/loader/spelling.h"
#include "orchestrator/model/cell.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

class SelectionChecker {
 public:
  SelectionChecker(const Scenario& scenario, const Catalog& catalog, ProblemList& problems)
      : scenario_(scenario), problems_(problems) {
    for (const Axis& axis : scenario.axes) axes_.emplace_back(axis.name);
    for (const CauseRule& rule : catalog.causes) signatures_.push_back(rule.signature);
  }

  // Axes are independent: if every term selects a value, the whole selects a cell.
  void where(const YamlNode& section) {
    for (const YamlEntry& entry : section.entries_of("where")) {
      const Axis* axis = find_axis(entry.key);
      if (axis == nullptr) {
        problems_.add(entry.at,
                      "no axis is named " + in_quotes(entry.key) + did_you_mean(entry.key, axes_));
      } else if (entry.value.is_scalar()) {
        term(entry.value, *axis);
      } else {
        for (const YamlNode& item : entry.value.items) term(item, *axis);
      }
    }
  }

  void expectation(const YamlNode& section, const Expectation& expected) {
    const YamlNode* reaches = section.find("reaches");
    const YamlNode* check = section.find("check");
    if (section.is_map() && (reaches == nullptr) == (check == nullptr))
      problems_.add(section.at, "an expectation has either `reaches` or `check`");
    if (reaches != nullptr && reaches->is_scalar()) named(*reaches, expected, "rung");
    if (reaches != nullptr) {
      for (const YamlNode& item : reaches->items) named(item, expected, "rung");
    }
    if (check != nullptr) named(*check, expected, "check");
    signature(section);
  }

 private:
  const Axis* find_axis(const std::string& name) const {
    for (const Axis& axis : scenario_.axes) {
      if (axis.name == name) return &axis;
    }
    return nullptr;
  }

  void term(const YamlNode& text, const Axis& axis) {
    const auto pattern = parse_axis_pattern({text.text});
    if (!text.is_scalar() || !pattern) return;
    const std::vector<std::string> values = all_values(axis);
    const auto matches = [&](const std::string& value) { return pattern->matches(value); };
    if (std::any_of(values.begin(), values.end(), matches)) return;
    problems_.add(text.at, pattern->ranges.empty()
                               ? "the axis " + in_quotes(axis.name) + " has no value " +
                                     in_quotes(text.text) + did_you_mean(text.text, values)
                               : "no value of the axis " + in_quotes(axis.name) + " is in " +
                                     in_quotes(text.text) + ": this selects nothing");
  }

  // A rung or check of that name, in a cell that is selected.
  void named(const YamlNode& name, const Expectation& expected, const std::string& kind) {
    if (!name.is_scalar()) return;
    const bool rung = kind == "rung";
    std::vector<std::string> known;
    if (rung) known = {kNoRung, kSandboxUp};
    for (const CheckSpec& check : scenario_.checks) {
      if (check.is_rung != rung) continue;
      known.push_back(check.name);
      if (check.name != name.text) continue;
      // A part that selects nothing at all is a problem of its own.
      if (!meet(check.where, expected.where) && meet(check.where, {}) && meet({}, expected.where))
        problems_.add(name.at, "no selected cell has the " + kind + " " + in_quotes(name.text));
    }
    if (std::find(known.begin(), known.end(), name.text) == known.end())
      problems_.add(name.at, "no " + kind + " is named " + in_quotes(name.text) +
                                 did_you_mean(name.text, known));
  }

  // Whether some cell is selected by both.
  bool meet(const Selector& a, const Selector& b) const {
    return std::all_of(scenario_.axes.begin(), scenario_.axes.end(), [&](const Axis& axis) {
      const auto in_a = a.find(axis.name), in_b = b.find(axis.name);
      const std::vector<std::string> values = all_values(axis);
      return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
        return (in_a == a.end() || in_a->second.matches(value)) &&
               (in_b == b.end() || in_b->second.matches(value));
      });
    });
  }

  void signature(const YamlNode& section) {
    const YamlNode* name = section.find("signature");
    if (name == nullptr || !name->is_scalar()) return;
    if (std::find(signatures_.begin(), signatures_.end(), name->text) != signatures_.end()) return;
    problems_.add(name->at, "scenarios/causes/ has no " + in_quotes(name->text) +
                                did_you_mean(name->text, signatures_));
  }

  const Scenario& scenario_;
  ProblemList& problems_;
  std::vector<std::string> axes_, signatures_;
};

}  // namespace

void check_selections(const YamlNode& root, const Scenario& scenario, const Catalog& catalog,
                      ProblemList& problems) {
  SelectionChecker checker(scenario, catalog, problems);
  for (const char* key : {"exclude", "ladder", "checks", "expect"}) {
    for (const YamlNode& section : root.items_of(key)) checker.where(section);
  }
  const auto& sections = root.items_of("expect");
  for (std::size_t i = 0; i < sections.size(); ++i)
    checker.expectation(sections[i], scenario.expectations[i]);
}

}  // namespace testbed
