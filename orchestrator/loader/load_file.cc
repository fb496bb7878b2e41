#include "orchestrator/loader/load_file.h"

#include "orchestrator/base/joined.h"
#include "orchestrator/loader/shape_check.h"
#include "orchestrator/loader/spelling.h"
#include "orchestrator/model/expand.h"

namespace testbed {

std::optional<CheckedFile> open_checked(const fs::path& path, FileKind kind,
                                        ProblemList& problems) {
  auto text = read_file(path, kLargestYaml);
  if (!text) {
    problems.add({}, text.error().message);
    return std::nullopt;
  }
  auto root = parse_yaml(*text, problems);
  if (!root) return std::nullopt;
  if (root->kind == YamlNode::Kind::Null) {
    problems.add({}, "the file is empty");
    return std::nullopt;
  }
  check_shape(*root, shape_of(kind), problems);
  return CheckedFile{.file = path.string(), .text = std::move(*text), .root = std::move(*root)};
}

void must_be_named(const YamlNode& root, std::string_view key, const std::string& wanted,
                   std::string_view whose, ProblemList& problems) {
  const YamlNode* name = root.find(key);
  if (name == nullptr || !name->is_scalar() || name->text == wanted) return;
  problems.add(name->at, in_quotes(key) + " must be the name of " + std::string(whose) + ", " +
                             in_quotes(wanted) + ", not " + in_quotes(name->text));
}

namespace {

// Between the entries of a setting that is a list.
const char* separator_of(const NamedKind* kind, const std::string& setting) {
  const SettingKind* known = kind == nullptr ? nullptr : kind->find(setting);
  return known != nullptr && known->type == SettingKind::Type::Lines ? "\n" : ",";
}

}  // namespace

Selector selector_of(const YamlNode& section) {
  Selector where;
  for (const YamlEntry& entry : section.entries_of("where")) {
    // A range that cannot be parsed is already a problem of the file.
    if (auto pattern = parse_axis_pattern(entry.value.texts()))
      where[entry.key] = std::move(*pattern);
  }
  return where;
}

std::vector<NamedSettings> named_settings(const std::vector<YamlNode>& items,
                                          const std::vector<NamedKind>& table) {
  std::vector<NamedSettings> out;
  for (const YamlNode& item : items) {
    if (item.is_scalar()) out.push_back({.name = item.text, .settings = {}});
    if (item.entries.empty()) continue;
    const YamlEntry& entry = item.entries.front();
    out.push_back({.name = entry.key, .settings = {}});
    for (const YamlEntry& setting : entry.value.entries)
      out.back().settings[setting.key] =
          joined(setting.value.texts(), separator_of(find_kind(table, entry.key), setting.key));
  }
  return out;
}

}  // namespace testbed
