#include "orchestrator/analyze/ablation.h"

#include <bit>

namespace testbed {
namespace {

// All proper subsets of a set of this size are tried; of a larger one those that lack one
// component.
constexpr std::size_t kAllSubsetsUpTo = 5;

std::vector<ComponentSet> without_one(ComponentSet set) {
  std::vector<ComponentSet> out;
  for (ComponentSet rest = set; rest != 0; rest &= rest - 1)
    out.push_back(set & ~(rest & (~rest + 1)));
  return out;
}

std::vector<ComponentSet> proper_subsets(ComponentSet set) {
  std::vector<ComponentSet> out;
  if (set == 0) return out;
  for (ComponentSet subset = (set - 1) & set;; subset = (subset - 1) & set) {
    out.push_back(subset);
    if (subset == 0) return out;
  }
}

bool is_proper_subset(ComponentSet inner, ComponentSet outer) {
  return inner != outer && (inner & ~outer) == 0;
}

}  // namespace

std::size_t count_of(ComponentSet components) {
  return static_cast<std::size_t>(std::popcount(components));
}

Ablation::Ablation(std::size_t components) : whole_((ComponentSet{1} << components) - 1) {}

void Ablation::set(ComponentSet components, Result result) { results_[components] = result; }

std::optional<Ablation::Result> Ablation::find(ComponentSet components) const {
  const auto found = results_.find(components);
  return found == results_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<bool> Ablation::suffices() const {
  const auto result = find(whole_);
  return result ? std::optional(*result == Result::Holds) : std::nullopt;
}

ComponentSet Ablation::smallest() const {
  ComponentSet best = whole_;
  for (const auto& [set, result] : results_) {
    if (result == Result::Holds && count_of(set) < count_of(best)) best = set;
  }
  return best;
}

std::vector<ComponentSet> Ablation::next() const {
  const auto unknown = [&](const std::vector<ComponentSet>& sets) {
    std::vector<ComponentSet> out;
    for (const ComponentSet set : sets) {
      if (!find(set)) out.push_back(set);
    }
    return out;
  };
  if (!find(whole_)) {
    std::vector<ComponentSet> first = without_one(whole_);
    first.push_back(whole_);
    return first;
  }
  if (!*suffices()) return {};
  const ComponentSet best = smallest();
  // What can go one by one may often go together.
  ComponentSet all_gone = whole_;
  for (const ComponentSet set : without_one(whole_)) {
    if (find(set) == Result::Holds) all_gone &= set;
  }
  if (count_of(all_gone) < count_of(best) && !find(all_gone)) return {all_gone};
  return unknown(count_of(best) <= kAllSubsetsUpTo ? proper_subsets(best) : without_one(best));
}

std::size_t Ablation::refuted() const {
  const ComponentSet best = smallest();
  std::size_t count = 0;
  for (const auto& [set, result] : results_)
    count += is_proper_subset(set, best) && result == Result::Fails;
  return count;
}

std::vector<ComponentSet> Ablation::silent() const {
  std::vector<ComponentSet> out;
  for (const auto& [set, result] : results_) {
    if (result == Result::Silent) out.push_back(set);
  }
  return out;
}

}  // namespace testbed
