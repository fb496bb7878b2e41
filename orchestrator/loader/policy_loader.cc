#include "orchestrator/loader/policy_loader.h"

#include "orchestrator/loader/load_file.h"
#include "orchestrator/loader/spelling.h"

namespace testbed {
namespace {

std::vector<std::string> change_names() {
  std::vector<std::string> names;
  for (const Change change : kChanges) {
    if (change != Change::Same) names.emplace_back(name_of(change));
  }
  return names;
}

std::vector<Change> read_changes(const YamlNode* node, ProblemList& problems) {
  std::vector<Change> changes;
  if (node == nullptr) return changes;
  for (const std::string& text : node->texts()) {
    const auto change = find_change(text);
    if (change && *change != Change::Same) {
      changes.push_back(*change);
    } else {
      problems.add(node->at, "must be " + one_of(change_names()) + ", not " + in_quotes(text) +
                                 did_you_mean(text, change_names()));
    }
  }
  return changes;
}

Policy read_policy(const CheckedFile& file, ProblemList& problems) {
  must_be_named(file.root, "policy", fs::path(file.file).stem().string(), "the file", problems);
  Policy policy;
  policy.name = file.root.text_of("policy");
  if (const YamlNode* changes = file.root.find("fail_on"))
    policy.fail_on = read_changes(changes, problems);
  for (const YamlNode& item : file.root.items_of("excuse")) {
    policy.excuses.push_back({.where = selector_of(item),
                              .changes = read_changes(item.find("change"), problems),
                              .because = item.text_of("because")});
  }
  return policy;
}

}  // namespace

Loaded<Policy> load_policy(const fs::path& path) {
  return load_file<Policy>(path, FileKind::Policy, read_policy);
}

}  // namespace testbed
