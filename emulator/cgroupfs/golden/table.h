#pragma once

#include <array>
#include <map>
#include <memory>

#include "emulator/cgroupfs/golden/comparison.h"

namespace testbed::golden {

// Targets whose name begins with "gvisor" are shown beside, but nothing is expected of them.
bool is_judged(const std::string& target);

struct Table {
  Reasons reasons{};
  std::map<std::string, Script> scripts{};        // by layout
  std::map<std::string, Reference> references{};  // by layout
  std::vector<Comparison> comparisons{};
  std::vector<std::unique_ptr<Recording>> recordings{};  // what the comparisons point into

  void add(const std::string& target, Recording recording);
  bool holds() const;  // of all that are judged
};

std::string markdown_of(const Table& table);

}  // namespace testbed::golden
