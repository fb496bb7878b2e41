#pragma once

#include "orchestrator/analyze/support.h"

namespace testbed {

// What a set of components that suffices somewhere comes to in one version.
struct NeedSeen {
  std::optional<bool> whole;    // whether it suffices there
  std::optional<bool> without;  // whether it does without the component in question
};

// In which versions the component is needed (SupportRange::passes means needed), the oldest first.
// A version in which the whole set does not suffice, or that was silent, says nothing.
std::vector<SupportRange> need_ranges(const std::map<std::string, NeedSeen>& by_version);

// "needed up to 20240722, not needed since 20260701"; empty where nothing is known.
std::string need_in_words(const std::vector<SupportRange>& ranges);

// The first version of the last range, if the component is needed before it and not in it.
std::string obsolete_since(const std::vector<SupportRange>& ranges);

}  // namespace testbed
