#include "orchestrator/analyze/obsolescence.h"

namespace testbed {

std::vector<SupportRange> need_ranges(const std::map<std::string, NeedSeen>& by_version) {
  std::map<std::string, bool> needed;
  for (const auto& [version, seen] : by_version) {
    if (seen.whole.value_or(false) && seen.without) needed[version] = !*seen.without;
  }
  return ranges_of(needed);
}

std::string need_in_words(const std::vector<SupportRange>& ranges) {
  if (ranges.size() == 1 && ranges[0].first == ranges[0].last)
    return (ranges[0].passes ? "needed on " : "not needed on ") + ranges[0].first;
  return in_words(ranges, "needed", "not needed");
}

std::string obsolete_since(const std::vector<SupportRange>& ranges) {
  return ranges.size() > 1 && !ranges.back().passes ? ranges.back().first : "";
}

}  // namespace testbed
