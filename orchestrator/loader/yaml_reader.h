#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"

namespace testbed {

struct YamlEntry;

// A YAML value that remembers where it stands. Scalars keep the text of the file: "020" stays
// "020".
struct YamlNode {
  enum class Kind { Null, Scalar, List, Map };
  Kind kind = Kind::Null;
  Position at{};
  std::string text{};              // of a scalar
  bool quoted = false;             // of a scalar
  std::vector<YamlNode> items{};   // of a list
  std::vector<YamlEntry> entries;  // of a map, in the order of the file; keys are unique

  bool is_scalar() const { return kind == Kind::Scalar; }
  bool is_list() const { return kind == Kind::List; }
  bool is_map() const { return kind == Kind::Map; }

  // The value of a key; nullptr where there is none, or no map.
  const YamlNode* find(std::string_view key) const;
  // The text of a key's scalar; empty where there is none.
  std::string text_of(std::string_view key) const;
  // The texts of a key's scalar or list of scalars.
  std::vector<std::string> texts_of(std::string_view key) const;
  // This node's own texts.
  std::vector<std::string> texts() const;
  // The items of a key's list; empty where there is none.
  const std::vector<YamlNode>& items_of(std::string_view key) const;
  // The entries of a key's map; empty where there is none.
  const std::vector<YamlEntry>& entries_of(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Position at{};
  YamlNode value{};
};

inline constexpr std::size_t kLargestYaml = std::size_t{1} << 20;
inline constexpr std::size_t kDeepestYaml = 32;

// The one document of a YAML text. Refused, before anything large is built from them: more than
// kLargestYaml bytes, deeper nesting than kDeepestYaml, anchors and aliases (they can multiply),
// tags, equal keys, keys that are not plain text, further documents, what is not UTF-8 text.
std::optional<YamlNode> parse_yaml(const std::string& text, ProblemList& problems);

}  // namespace testbed
