#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// Versions next to each other, of those that the run has, in which a check comes to the same.
struct SupportRange {
  bool passes = false;
  std::string first, last;  // versions, oldest and newest
};

// For the cell's other coordinates, its platform among them, from the oldest version on. Versions
// that did not come as far as the check say nothing.
std::vector<SupportRange> support_of(const Run& run, const std::string& cell_id,
                                     const std::string& check);

// Of what each version came to.
std::vector<SupportRange> ranges_of(const std::map<std::string, bool>& by_version);

// "passes up to 20221219, fails since 20230715"; empty where a single version says anything.
std::string in_words(const std::vector<SupportRange>& ranges, const std::string& passes = "passes",
                     const std::string& fails = "fails");

}  // namespace testbed
