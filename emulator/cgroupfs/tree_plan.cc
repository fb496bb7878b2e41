#include "emulator/cgroupfs/tree_plan.h"

#include <algorithm>

namespace testbed {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

// "cpu,cpuacct" is one directory with two links to it, as on systemd hosts.
std::string join_roots(TreePlan& plan, const std::vector<std::string>& names) {
  RootPlan together{.name = joined(names), .layout = &layout_v1(), .controllers = {}};
  if (names.size() < 2) return "a co-mount names two controllers or more: " + together.name;
  for (const std::string& name : names) {
    const auto at = std::find_if(plan.roots.begin(), plan.roots.end(),
                                 [&](const RootPlan& root) { return root.name == name; });
    if (at == plan.roots.end()) return "no controller of v1 is named " + name + ", or it is twice";
    if (name == "systemd") return "systemd is a named hierarchy, not a controller";
    together.controllers.merge(at->controllers);
    together.links.push_back(name);
    plan.roots.erase(at);
  }
  plan.roots.push_back(std::move(together));
  return "";
}

std::string keep_only(TreePlan& plan, const std::vector<std::string>& names) {
  std::set<std::string_view> known;
  for (RootPlan& root : plan.roots) {
    std::erase_if(root.controllers, [&](const Controller* controller) {
      known.insert(controller->name);
      return std::find(names.begin(), names.end(), controller->name) == names.end();
    });
  }
  for (const std::string& name : names) {
    if (!known.contains(name)) return "no controller of this layout is named " + name;
  }
  std::erase_if(plan.roots, [](const RootPlan& root) {
    return !root.layout->unified && root.controllers.empty();
  });
  return "";
}

}  // namespace

TreePlan plan_of(const Layout& layout) {
  TreePlan plan;
  if (layout.unified) {
    RootPlan all{.name = "", .layout = &layout, .controllers = {}};
    for (const Controller& controller : layout.controllers) all.controllers.insert(&controller);
    plan.roots.push_back(std::move(all));
    return plan;
  }
  for (const Controller& controller : layout.controllers) {
    plan.roots.push_back(
        {.name = std::string(controller.name), .layout = &layout, .controllers = {&controller}});
  }
  return plan;
}

PlanReply plan_for(const PlanWish& wish) {
  PlanReply reply;
  const bool hybrid = wish.layout == "hybrid";
  const Layout* layout = find_layout(hybrid ? "v1" : wish.layout);
  if (layout == nullptr) return {.wrong = "layouts are v1, v2 and hybrid"};
  reply.plan = plan_of(*layout);
  if (!wish.controllers.empty()) reply.wrong = keep_only(reply.plan, wish.controllers);
  for (const auto& names : wish.comounts) {
    if (!reply.wrong.empty()) return reply;
    reply.wrong =
        layout->unified ? "layout v2 has nothing to co-mount" : join_roots(reply.plan, names);
  }
  // A controller that v1 has taken is not there for v2: its tree has groups and no controllers.
  if (hybrid) {
    reply.plan.roots.push_back({.name = "unified", .layout = &layout_v2(), .controllers = {}});
  }
  return reply;
}

}  // namespace testbed
