// ablate: which components of an approach are needed.
#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/analyze/ablation.h"
#include "orchestrator/analyze/bisection.h"
#include "orchestrator/base/joined.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/probing.h"

namespace testbed {
namespace {

// The scenario whose approaches are subsets of one approach's components.
class Subsets {
 public:
  Subsets(const Probing& probing, Cell cell)
      : scenario_(probing.scenario()), catalog_(probing.catalog()), cell_(std::move(cell)) {
    // What is expected of the whole says nothing about its parts.
    scenario_.expectations.clear();
    scenario_.exclusions.clear();
    for (Axis& axis : scenario_.axes) {
      axis.values = {cell_.coordinates.at(axis.name)};
      axis.also.clear();
    }
  }

  const Approach& whole() const { return cell_.approach; }
  const std::string& sandbox() const { return cell_.sandbox.label; }

  std::vector<std::string> names(ComponentSet set) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < whole().components.size(); ++i) {
      if (set >> i & 1) out.push_back(whole().components[i].name);
    }
    return out;
  }

  // Rung checks may be selected by approach: those of the whole are asked of every part.
  void use(const std::vector<ComponentSet>& sets) {
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

  // Checks that the whole does not have are none of its parts'.
  void keep_checks_of_the_cell() {
    std::erase_if(scenario_.checks, [&](const CheckSpec& check) {
      for (const CheckSpec& has : cell_.checks) {
        if (has.name == check.name) return false;
      }
      return true;
    });
  }

  const Scenario& scenario() const { return scenario_; }
  const Catalog& catalog() const { return catalog_; }
  const std::string& name(std::size_t index) const { return approaches_[index].name; }

 private:
  Approach approach_of(ComponentSet set) const {
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

  Scenario scenario_;
  Catalog catalog_;
  Cell cell_;
  std::vector<Approach> approaches_;
};

std::string braces(const std::vector<std::string>& names) {
  return names.empty() ? "no component" : joined(names, ", ");
}

class Ablate {
 public:
  Ablate(Probing probing, Probing::Options options, Subsets subsets)
      : probing_(std::move(probing)),
        options_(std::move(options)),
        subsets_(std::move(subsets)),
        ablation_(subsets_.whole().components.size()) {}

  int run() {
    subsets_.keep_checks_of_the_cell();
    for (auto sets = ablation_.next(); !sets.empty(); sets = ablation_.next()) {
      int code = kExitOk;
      if (!probe(sets, code)) return code;
    }
    const int printed = print(options_.format == "json" ? to_pretty(as_json()) : as_text());
    if (printed != kExitOk) return printed;
    return ablation_.suffices().value_or(false) ? kExitOk : kExitNotSufficient;
  }

 private:
  bool probe(const std::vector<ComponentSet>& sets, int& code) {
    subsets_.use(sets);
    std::vector<std::string> ids;
    const auto matrix = expand(subsets_.scenario(), subsets_.catalog());
    if (!matrix) {
      code = fail(kExitInternal, "expand the subsets: " + matrix.error().message);
      return false;
    }
    for (const Cell& cell : matrix->cells) ids.push_back(cell.id);
    const auto run = probing_.run(subsets_.scenario(), subsets_.catalog(), ids, code);
    if (!run) return false;
    runs_.push_back(run->id);
    for (std::size_t i = 0; i < sets.size(); ++i) take(sets[i], subsets_.name(i), *run);
    return true;
  }

  void take(ComponentSet set, const std::string& approach, const Run& run) {
    Ablation::Result result = Ablation::Result::Silent;
    std::string seen = "it was not run";
    for (const PlannedCell& cell : run.planned) {
      if (cell.coordinates.at("approach") != approach || run.find(cell.id) == nullptr) continue;
      const CellResult& found = *run.find(cell.id);
      const Mark mark = mark_of(found, options_.check);
      if (mark.state == Mark::State::Holds) result = Ablation::Result::Holds;
      if (mark.state == Mark::State::Fails) result = Ablation::Result::Fails;
      seen = mark.state == Mark::State::Silent ? mark.note
             : mark.state == Mark::State::Holds
                 ? "holds"
                 : "ends at " + (found.outcome.rung.empty() ? "none" : found.outcome.rung) +
                       (found.outcome.cause ? ", " + found.outcome.cause->signature : "");
    }
    ablation_.set(set, result);
    seen_[set] = seen;
    log_info(braces(subsets_.names(set)) + ": " + seen);
  }

  std::string as_text() const {
    std::ostringstream out;
    const std::string where = subsets_.whole().name + " on " + subsets_.sandbox();
    if (!ablation_.suffices().value_or(false)) {
      out << where << " does not suffice itself: " << seen_.at(ablation_.whole()) << "\n";
      return out.str();
    }
    const ComponentSet best = ablation_.smallest();
    out << where << ": " << count_of(best) << " of " << count_of(ablation_.whole())
        << " components suffice: " << braces(subsets_.names(best)) << "\n";
    for (std::size_t i = 0; i < subsets_.whole().components.size(); ++i) {
      const ComponentSet one = ComponentSet{1} << i;
      const auto found = seen_.find(best & ~one);
      const bool needed = (best & one) != 0;
      out << "  " << (needed ? "needed      " : "not needed  ")
          << subsets_.whole().components[i].name;
      if (needed && found != seen_.end()) out << ": without it the cell " << found->second;
      out << "\n";
    }
    out << ablation_.refuted() << " proper subsets of it were run, and none suffices\n";
    for (const ComponentSet set : ablation_.silent())
      out << "not shown: " << braces(subsets_.names(set)) << ": " << seen_.at(set) << "\n";
    out << "records: " << joined(runs_, " ") << "\n";
    return out.str();
  }

  json::object as_json() const {
    json::array probes;
    for (const auto& [set, seen] : seen_) {
      const auto names = subsets_.names(set);
      probes.push_back(
          json::object{{"components", json::array(names.begin(), names.end())}, {"seen", seen}});
    }
    const auto best = subsets_.names(ablation_.smallest());
    return {{"schema", "testbed-ablation-1"},
            {"approach", subsets_.whole().name},
            {"sandbox", subsets_.sandbox()},
            {"check", options_.check},
            {"suffices", ablation_.suffices().value_or(false)},
            {"smallest", json::array(best.begin(), best.end())},
            {"refuted", ablation_.refuted()},
            {"probes", std::move(probes)},
            {"runs", json::array(runs_.begin(), runs_.end())}};
  }

  static constexpr int kExitNotSufficient = 1;
  Probing probing_;
  Probing::Options options_;
  Subsets subsets_;
  Ablation ablation_;
  std::map<ComponentSet, std::string> seen_;
  std::vector<std::string> runs_;
};

int ablate(const Probing::Options& options) {
  int code = kExitOk;
  auto probing = Probing::open(options, code);
  if (!probing) return code;
  const auto cells = probing->cells(probing->scenario(), probing->catalog());
  if (!cells) return fail(kExitUsage, "ablate: " + cells.error().message);
  if (cells->size() != 1) {
    std::vector<std::string> ids;
    for (const Cell& cell : *cells) ids.push_back(cell.id);
    if (ids.size() > 8) ids.resize(8);
    return fail(kExitUsage, "ablate: --only must pick one cell, not " +
                                std::to_string(cells->size()) + ": " + joined(ids, ", "));
  }
  const std::size_t components = cells->front().approach.components.size();
  if (components == 0 || components > kMostComponents)
    return fail(kExitUsage, "ablate: " + cells->front().approach.name + " has " +
                                std::to_string(components) + " components; 1 to " +
                                std::to_string(kMostComponents) + " can be taken apart");
  Subsets subsets(*probing, cells->front());
  return Ablate(std::move(*probing), options, std::move(subsets)).run();
}

}  // namespace

Action declare_ablate(CLI::App& app) {
  auto options = std::make_shared<Probing::Options>();
  options->declare(app);
  app.footer(
      "Example: testbed ablate node --only sandbox=runsc-20240722 --only approach=kernel-files\n"
      "Exit status: 0 a smallest set was found, 1 not even the whole approach suffices.");
  return [options] { return ablate(*options); };
}

}  // namespace testbed
