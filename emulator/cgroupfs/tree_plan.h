#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {

// One hierarchy: what the kernel calls a cgroup root.
struct RootPlan {
  std::string name;  // its directory below the top; empty: it is the top
  const Layout* layout;
  std::set<const Controller*> controllers;
  std::vector<std::string> links{};  // further names of the directory (of co-mounted controllers)
};

// The hierarchies of one emulated machine.
struct TreePlan {
  std::vector<RootPlan> roots;
  bool top_is_root() const { return roots.size() == 1 && roots.front().name.empty(); }
};

// One of layout_v1() or layout_v2(): each controller of v1 is a hierarchy of its own.
TreePlan plan_of(const Layout& layout);

// What mountinfo shows of the hierarchy: "cpu,cpuacct" or "name=systemd".
std::string hierarchy_options(const std::set<const Controller*>& controllers);

struct PlanWish {
  std::string layout = "v1";                         // or v2, hybrid
  std::vector<std::string> controllers{};            // none named: all
  std::vector<std::vector<std::string>> comounts{};  // controllers of v1 that share a hierarchy
};

struct PlanReply {
  TreePlan plan{};
  std::string wrong{};  // empty, or what is wrong with the wish
};

PlanReply plan_for(const PlanWish& wish);

}  // namespace testbed
