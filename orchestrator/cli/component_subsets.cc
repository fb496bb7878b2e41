#include "orchestrator/cli/component_subsets.h"

#include "orchestrator/base/sha512.h"

namespace testbed {

Subsets::Subsets(const Probing& probing, Cell cell)
    : scenario_(probing.scenario()), catalog_(probing.catalog()), cell_(std::move(cell)) {
  // What is expected of the whole says nothing about its parts.
  scenario_.expectations.clear();
  scenario_.exclusions.clear();
  for (Axis& axis : scenario_.axes) {
    if (axis.name == "sandbox") versions_ = versions_among(axis);
    axis.values = {cell_.coordinates.at(axis.name)};
    axis.also.clear();
  }
}

std::vector<std::string> Subsets::names(ComponentSet set) const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < whole().components.size(); ++i) {
    if (set >> i & 1) out.push_back(whole().components[i].name);
  }
  return out;
}

void Subsets::use(const std::vector<ComponentSet>& sets) {
  approaches_.clear();
  for (const ComponentSet set : sets) approaches_.push_back(approach_of(set));
  for (const Approach& approach : approaches_) {
    if (catalog_.find_approach(approach.name) == nullptr) catalog_.approaches.push_back(approach);
  }
  for (Axis& axis : scenario_.axes) {
    if (axis.name != "approach") continue;
    axis.values.clear();
    for (const Approach& approach : approaches_) axis.values.push_back(approach.name);
  }
  for (CheckSpec& check : scenario_.checks) check.where.erase("approach");
}

void Subsets::use_versions() {
  for (Axis& axis : scenario_.axes) {
    if (axis.name == "sandbox") axis.values = versions_;
  }
}

void Subsets::keep_checks_of_the_cell() {
  std::erase_if(scenario_.checks, [&](const CheckSpec& check) {
    for (const CheckSpec& has : cell_.checks) {
      if (has.name == check.name) return false;
    }
    return true;
  });
}

Approach Subsets::approach_of(ComponentSet set) const {
  Approach approach = whole();
  approach.components.clear();
  approach.name = whole().name + "-";
  for (std::size_t i = 0; i < whole().components.size(); ++i) {
    const bool has = set >> i & 1;
    approach.name += has ? '1' : '0';
    if (has) approach.components.push_back(whole().components[i]);
  }
  approach.digest = sha512_of(whole().digest + approach.name);
  return approach;
}

// gVisor's, on the platform of the cell.
std::vector<std::string> Subsets::versions_among(const Axis& axis) const {
  std::vector<std::string> versions;
  for (const std::string& value : axis.values) {
    const auto sandbox = parse_sandbox(value);
    if (sandbox && sandbox->kind == SandboxSpec::Kind::Runsc &&
        sandbox->platform == cell_.sandbox.platform)
      versions.push_back(value);
  }
  return versions;
}

}  // namespace testbed
