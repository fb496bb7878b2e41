#pragma once

#include <map>

#include "orchestrator/loader/fields.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

// A file of one kind, compared with its table of keys.
struct CheckedFile {
  std::string file;  // as it was given
  std::string text;
  YamlNode root;
};

// Nothing where the file cannot be read or is no YAML; otherwise what can be read of it, even where
// keys are wrong, so that further checks find further problems.
std::optional<CheckedFile> open_checked(const fs::path& path, FileKind kind, ProblemList& problems);

// `read(file, problems)` makes the value; it is given only when there was no problem.
template <class T, class Read>
Loaded<T> load_file(const fs::path& path, FileKind kind, const Read& read) {
  ProblemList problems(path.string());
  Loaded<T> loaded;
  if (const auto file = open_checked(path, kind, problems)) {
    T value = read(*file, problems);
    if (problems.empty()) loaded.value = std::move(value);
  }
  loaded.problems = problems.take_sorted();
  return loaded;
}

// A problem unless the key's text is `wanted`; `whose` says of what: "the file".
void must_be_named(const YamlNode& root, std::string_view key, const std::string& wanted,
                   std::string_view whose, ProblemList& problems);

// The `where` of a section; empty where there is none.
Selector selector_of(const YamlNode& section);

// A component's or a source's settings as text: flags as "true" or "false", lists joined by commas.
struct NamedSettings {
  std::string name;
  std::map<std::string, std::string> settings;
};
std::vector<NamedSettings> named_settings(const std::vector<YamlNode>& items,
                                          const std::vector<NamedKind>& table);

}  // namespace testbed
