#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/model/names.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

// What `gate` lets through: the changes that fail it, and the cells that are excused.
struct Policy {
  struct Excuse {
    Selector where;
    std::vector<Change> changes;  // empty: all
    std::string because;          // not empty
  };
  std::string name = "default";
  std::vector<Change> fail_on{Change::Regressed, Change::Gone, Change::NotComparable};
  std::vector<Excuse> excuses{};
};

}  // namespace testbed
