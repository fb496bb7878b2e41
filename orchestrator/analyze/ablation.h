#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace testbed {

// A set of components, a bit each.
using ComponentSet = std::uint64_t;
inline constexpr std::size_t kMostComponents = 24;

// A search for a set of components that suffices and of which none can go: from the whole set down,
// taking away what is not needed, until every set that lacks one more component fails. Then the
// proper subsets of what is left are tried: all of them where these are few, as components can also
// harm.
class Ablation {
 public:
  // More than kMostComponents are the caller's to refuse.
  explicit Ablation(std::size_t components);

  enum class Result { Holds, Fails, Silent };  // Silent: harness trouble, attempts that disagree
  void set(ComponentSet components, Result result);

  // The sets to try next, in any order and at once. Empty: done.
  std::vector<ComponentSet> next() const;

  ComponentSet whole() const { return whole_; }
  // Does the whole set suffice? Nothing while that is not known.
  std::optional<bool> suffices() const;
  // The smallest set that was found so far.
  ComponentSet smallest() const;
  // Its proper subsets that were tried and do not suffice.
  std::size_t refuted() const;
  // Sets that say nothing: it is as if they failed, but that is not shown.
  std::vector<ComponentSet> silent() const;

 private:
  std::optional<Result> find(ComponentSet components) const;
  ComponentSet whole_ = 0;
  std::map<ComponentSet, Result> results_;
};

std::size_t count_of(ComponentSet components);

}  // namespace testbed
