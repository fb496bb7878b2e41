#include "orchestrator/approach/supervisor.h"

#include "orchestrator/approach/settings.h"
#include "orchestrator/base/joined.h"

namespace testbed {
namespace {

void add_rules(std::vector<std::string>& argv, const ComponentSpec& component) {
  for (const std::string& rule : split(setting(component, "rules"), '\n'))
    argv.insert(argv.end(), {"--rule", rule});
}

// In front of every command, or of those that `only` names.
BundlePatch in_front(const ComponentSpec& component, std::vector<std::string> words) {
  BundlePatch patch;
  for (const std::string& program : split(setting(component, "only"), ','))
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
  std::vector<std::string> words = {"${testbed}/preload", "--journal", "${out}/preload.ndjson"};
  add_rules(words, component);
  words.push_back("--");
  return in_front(component, std::move(words));
}

}  // namespace testbed
