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

// In front of every command, or of those that `only` names.
BundlePatch in_front(const ComponentSpec& component, std::vector<std::string> words) {
  BundlePatch patch;
  std::istringstream programs(setting(component, "only"));
  for (std::string program; std::getline(programs, program, ',');)
    patch.of_program[program].prefix = words;
  if (patch.of_program.empty()) patch.prefix = std::move(words);
  return patch;
}

}  // namespace

BundlePatch supervisor_patch(const ComponentSpec& component) {
  const std::string mode = setting(component, "mode");
  const bool legacy = mode.starts_with("legacy");
  std::vector<std::string> words = {legacy ? "${testbed}/supervisor-legacy"
                                           : "${testbed}/supervisor"};
  if (mode == "legacy-resume-twice") words.push_back("--resume-twice");
  if (mode == "trace-all") words.push_back("--trace-all");
  if (!legacy && setting(component, "journal") != "false")
    words.insert(words.end(), {"--journal", "${out}/supervisor.ndjson"});
  add_rules(words, component);
  words.push_back("--");
  return in_front(component, std::move(words));
}

BundlePatch preload_patch(const ComponentSpec& component) {
  BundlePatch patch;
  patch.prefix = {"${testbed}/preload", "--journal", "${out}/preload.ndjson"};
  add_rules(patch.prefix, component);
  patch.prefix.push_back("--");
  return patch;
}

}  // namespace testbed
