// ablate: which components of an approach are needed.
#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/analyze/ablation.h"
#include "orchestrator/analyze/bisection.h"
#include "orchestrator/analyze/obsolescence.h"
#include "orchestrator/base/joined.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/component_subsets.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/probing.h"

namespace testbed {
namespace {

std::string braces(const std::vector<std::string>& names) {
  return names.empty() ? "no component" : joined(names, ", ");
}

class Ablate {
 public:
  Ablate(Probing probing, Probing::Options options, Subsets subsets, bool by_versions)
      : probing_(std::move(probing)),
        options_(std::move(options)),
        subsets_(std::move(subsets)),
        ablation_(subsets_.whole().components.size()),
        by_versions_(by_versions) {}

  int run() {
    subsets_.keep_checks_of_the_cell();
    for (auto sets = ablation_.next(); !sets.empty(); sets = ablation_.next()) {
      int code = kExitOk;
      if (!probe(sets, code)) return code;
    }
    if (by_versions_ && ablation_.suffices().value_or(false)) {
      int code = kExitOk;
      if (!probe_versions(code)) return code;
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

  // The smallest set, and it without each of its components, version by version.
  bool probe_versions(int& code) {
    const ComponentSet best = ablation_.smallest();
    std::vector<ComponentSet> sets{best};
    for (std::size_t i = 0; i < subsets_.whole().components.size(); ++i) {
      if (best >> i & 1) sets.push_back(best & ~(ComponentSet{1} << i));
    }
    subsets_.use(sets);
    subsets_.use_versions();
    const auto matrix = expand(subsets_.scenario(), subsets_.catalog());
    if (!matrix) {
      code = fail(kExitInternal, "expand the versions: " + matrix.error().message);
      return false;
    }
    std::vector<std::string> ids;
    for (const Cell& cell : matrix->cells) ids.push_back(cell.id);
    const auto run = probing_.run(subsets_.scenario(), subsets_.catalog(), ids, code);
    if (!run) return false;
    runs_.push_back(run->id);
    for (std::size_t i = 0; i < sets.size(); ++i) take_versions(sets[i], subsets_.name(i), *run);
    return true;
  }

  void take_versions(ComponentSet set, const std::string& approach, const Run& run) {
    const ComponentSet missing = ablation_.smallest() & ~set;
    for (const PlannedCell& cell : run.planned) {
      const CellResult* result = run.find(cell.id);
      if (cell.coordinates.at("approach") != approach || result == nullptr) continue;
      const Mark mark = mark_of(*result, options_.check);
      if (mark.state != Mark::State::Holds && mark.state != Mark::State::Fails) continue;
      const bool holds = mark.state == Mark::State::Holds;
      const std::string version(find_version_date(cell.coordinates.at("sandbox")).value_or(""));
      for (std::size_t i = 0; i < subsets_.whole().components.size(); ++i) {
        NeedSeen& seen = needs_[i][version];
        if (missing == 0) seen.whole = holds;
        if (missing >> i & 1) seen.without = holds;
      }
    }
  }

  std::vector<SupportRange> needs_of(std::size_t component) const {
    const auto found = needs_.find(component);
    return found == needs_.end() ? std::vector<SupportRange>{} : need_ranges(found->second);
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
      if (const std::string words = need_in_words(needs_of(i)); needed && !words.empty())
        out << "                " << words << "\n";
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
            {"versions", versions_json()},
            {"runs", json::array(runs_.begin(), runs_.end())}};
  }

  // Of each component of the smallest set, where versions were asked for.
  json::array versions_json() const {
    json::array array;
    for (std::size_t i = 0; i < subsets_.whole().components.size(); ++i) {
      const auto ranges = needs_of(i);
      if (!(ablation_.smallest() >> i & 1) || ranges.empty()) continue;
      json::array spans;
      for (const SupportRange& range : ranges)
        spans.push_back(
            json::object{{"needed", range.passes}, {"first", range.first}, {"last", range.last}});
      array.push_back(json::object{{"component", subsets_.whole().components[i].name},
                                   {"ranges", std::move(spans)},
                                   {"obsolete_since", obsolete_since(ranges)}});
    }
    return array;
  }

  static constexpr int kExitNotSufficient = 1;
  Probing probing_;
  Probing::Options options_;
  Subsets subsets_;
  Ablation ablation_;
  std::map<ComponentSet, std::string> seen_;
  std::vector<std::string> runs_;
  const bool by_versions_;
  std::map<std::size_t, std::map<std::string, NeedSeen>> needs_;  // by component, by version
};

struct Options : Probing::Options {
  bool versions = false;
};

int ablate(const Options& options) {
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
  return Ablate(std::move(*probing), options, std::move(subsets), options.versions).run();
}

}  // namespace

Action declare_ablate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->declare(app);
  app.add_flag("--versions", options->versions,
               "also in which versions each component of the smallest set is needed");
  app.footer(
      "Example: testbed ablate node --only sandbox=runsc-20240722 --only approach=kernel-files\n"
      "Exit status: 0 a smallest set was found, 1 not even the whole approach suffices.");
  return [options] { return ablate(*options); };
}

}  // namespace testbed
