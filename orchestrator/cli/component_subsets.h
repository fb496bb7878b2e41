#pragma once

#include "orchestrator/analyze/ablation.h"
#include "orchestrator/cli/probing.h"

namespace testbed {

// The scenario whose approaches are subsets of one approach's components.
class Subsets {
 public:
  Subsets(const Probing& probing, Cell cell);

  const Approach& whole() const { return cell_.approach; }
  const std::string& sandbox() const { return cell_.sandbox.label; }
  std::vector<std::string> names(ComponentSet set) const;

  // Rung checks may be selected by approach: those of the whole are asked of every part.
  void use(const std::vector<ComponentSet>& sets);
  // From now on the sets are tried in all the versions that a plain run of the scenario takes.
  void use_versions();
  // Checks that the whole does not have are none of its parts'.
  void keep_checks_of_the_cell();

  const Scenario& scenario() const { return scenario_; }
  const Catalog& catalog() const { return catalog_; }
  const std::string& name(std::size_t index) const { return approaches_[index].name; }

 private:
  Approach approach_of(ComponentSet set) const;
  std::vector<std::string> versions_among(const Axis& axis) const;

  Scenario scenario_;
  Catalog catalog_;
  Cell cell_;
  std::vector<std::string> versions_;  // sandboxes
  std::vector<Approach> approaches_;
};

}  // namespace testbed
