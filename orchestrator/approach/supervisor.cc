#include "orchestrator/approach/supervisor.h"

#include <sstream>

namespace testbed {
namespace {

std::string setting(const ComponentSpec& component, const std::string& name) {
  const auto found = component.settings.find(name);
  return found == component.settings.end() ? "" : found->second;
}

void add_rules(std::vector<std::string>& argv, const ComponentSpec& component) {
  std::istringstream rules(setting(component, "rules"));
  for (std::string rule; std::getline(rules, rule);) argv.insert(argv.end(), {"--rule", rule});
}

}  // namespace

BundlePatch supervisor_patch(const ComponentSpec& component) {
  const std::string mode = setting(component, "mode");
  const bool legacy = mode.starts_with("legacy");
  BundlePatch patch;
  patch.prefix = {legacy ? "${testbed}/supervisor-legacy" : "${testbed}/supervisor"};
  if (mode == "legacy-resume-twice") patch.prefix.push_back("--resume-twice");
  if (mode == "trace-all") patch.prefix.push_back("--trace-all");
  if (!legacy && setting(component, "journal") != "false")
    patch.prefix.insert(patch.prefix.end(), {"--journal", "${out}/supervisor.ndjson"});
  add_rules(patch.prefix, component);
  patch.prefix.push_back("--");
  return patch;
}

BundlePatch preload_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.prefix = {"${testbed}/preload", "--journal", "${out}/preload.ndjson"};
  add_rules(patch.prefix, component);
  patch.prefix.push_back("--");
  return patch;
}

}  // namespace testbed
