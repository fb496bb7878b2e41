#include "orchestrator/loader/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "orchestrator/base/json.h"
#include "orchestrator/loader/spelling.h"

namespace testbed {
namespace {

// Finds the place of a mark: yaml-cpp counts from zero, and columns in bytes.
class Places {
 public:
  explicit Places(std::string_view text) : characters_before_(text.size() + 1) {
    for (std::size_t i = 0; i < text.size(); ++i)
      characters_before_[i + 1] = characters_before_[i] + (is_first_byte(text[i]) ? 1 : 0);
  }

  static bool is_first_byte(char c) { return (c & 0xc0) != 0x80; }

  Position of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {};
    const auto at = static_cast<std::size_t>(mark.pos),
               column = static_cast<std::size_t>(mark.column);
    if (at >= characters_before_.size() || column > at) return {mark.line + 1, mark.column + 1};
    return {mark.line + 1, characters_before_[at] - characters_before_[at - column] + 1};
  }

 private:
  std::vector<int> characters_before_;
};

// Ends the parse from within an event.
struct Refused {
  Position at;
  std::string message;
};

// Builds the tree from events: depth, anchors and keys are seen before anything below them is read.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, ProblemList& problems) : places_(places), problems_(problems) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw Refused{places_.of(mark), "a second document: write one document per file"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    put({.kind = YamlNode::Kind::Null, .at = places_.of(mark), .entries = {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{places_.of(mark), "an alias: write the value itself"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    put({.kind = YamlNode::Kind::Scalar,
         .at = places_.of(mark),
         .text = value,
         .quoted = tag == "!",
         .entries = {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is still being read.
  struct Open {
    YamlNode node;
    std::set<std::string> keys{};
    bool has_key = false;   // a key was read, its value not yet
    bool keeps_key = true;  // false: the value of a key that was refused
    std::string key{};
    Position key_at{};
  };

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor)
      throw Refused{places_.of(mark), "an anchor: write the value where it is needed"};
  }
  // "?" and "!" are the tags that yaml-cpp gives to plain and quoted scalars itself.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Refused{places_.of(mark), "the tag " + in_quotes(tag) + ": tags are not used here"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    refuse_as_key(places_.of(mark));
    if (open_.size() >= kDeepestYaml)
      throw Refused{places_.of(mark), "nested deeper than " + std::to_string(kDeepestYaml)};
    open_.push_back({.node = {.kind = kind, .at = places_.of(mark), .entries = {}}});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  bool awaits_key() const {
    return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key;
  }
  void refuse_as_key(Position at) const {
    if (awaits_key()) throw Refused{at, "a key must be text"};
  }

  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.is_list()) {
      open_.back().node.items.push_back(std::move(node));
    } else if (awaits_key()) {
      put_key(std::move(node));
    } else {
      put_value(std::move(node));
    }
  }

  void put_key(YamlNode node) {
    if (!node.is_scalar()) refuse_as_key(node.at);
    Open& map = open_.back();
    map.has_key = true;
    map.keeps_key = map.keys.insert(node.text).second;
    if (!map.keeps_key) problems_.add(node.at, "the key " + in_quotes(node.text) + " again");
    map.key = std::move(node.text);
    map.key_at = node.at;
  }

  void put_value(YamlNode node) {
    Open& map = open_.back();
    map.has_key = false;
    if (map.keeps_key)
      map.node.entries.push_back({std::move(map.key), map.key_at, std::move(node)});
  }

  const Places& places_;
  ProblemList& problems_;
  int documents_ = 0;
  std::vector<Open> open_;
  YamlNode root_;
};

Position position_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto columns = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start),
                                     before.end(), Places::is_first_byte);
  return {static_cast<int>(lines) + 1, static_cast<int>(columns) + 1};
}

// yaml-cpp takes byte 4 for the end of the file, and other control characters for text.
bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

bool is_text(const std::string& text, ProblemList& problems) {
  const std::string valid = valid_utf8(text);
  const auto [bad, unused] = std::mismatch(text.begin(), text.end(), valid.begin(), valid.end());
  const auto control = std::find_if(text.begin(), bad, is_control);
  if (control != bad) {
    problems.add(position_at(text, static_cast<std::size_t>(control - text.begin())),
                 "a control character: this is no text file");
  } else if (bad != text.end()) {
    problems.add(position_at(text, static_cast<std::size_t>(bad - text.begin())),
                 "not UTF-8: save the file in that encoding");
  }
  return control == bad && bad == text.end();
}

// yaml-cpp has other words for this most common slip.
bool is_indented_by_tab(const std::string& text, int line) {
  std::istringstream lines(text);
  std::string found;
  for (int i = 0; i < line; ++i) std::getline(lines, found);
  return found.substr(0, found.find_first_not_of(" \t")).find('\t') != std::string::npos;
}

void add_not_yaml(const YAML::Exception& error, Position at, const std::string& text,
                  ProblemList& problems) {
  problems.add(
      at, "not YAML: " + (is_indented_by_tab(text, at.line) ? "a tab in the indentation: use blanks"
                                                            : error.msg));
}

// yaml-cpp 0.7 takes a quote that is never closed for complete when the file ends with its line.
std::string with_last_comment(const std::string& text) {
  return text + (text.empty() || text.back() == '\n' ? "#" : "\n#");
}

}  // namespace

std::optional<YamlNode> parse_yaml(const std::string& text, ProblemList& problems) {
  if (text.size() > kLargestYaml) {
    problems.add({}, "larger than " + std::to_string(kLargestYaml) + " bytes");
    return std::nullopt;
  }
  if (!is_text(text, problems)) return std::nullopt;
  const Places places(text);
  try {
    std::istringstream in(with_last_comment(text));
    YAML::Parser parser(in);
    TreeBuilder builder(places, problems);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Refused& refused) {
    problems.add(refused.at, refused.message);
  } catch (const YAML::Exception& error) {
    add_not_yaml(error, places.of(error.mark), text, problems);
  } catch (const std::exception& error) {
    problems.add({}, std::string("not YAML: ") + error.what());
  }
  return std::nullopt;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string YamlNode::text_of(std::string_view key) const {
  const YamlNode* node = find(key);
  return node == nullptr ? "" : node->text;
}

std::vector<std::string> YamlNode::texts() const {
  std::vector<std::string> out;
  if (is_scalar()) out.push_back(text);
  for (const YamlNode& item : items) out.push_back(item.text);
  return out;
}

std::vector<std::string> YamlNode::texts_of(std::string_view key) const {
  const YamlNode* node = find(key);
  return node == nullptr ? std::vector<std::string>{} : node->texts();
}

const std::vector<YamlNode>& YamlNode::items_of(std::string_view key) const {
  static const std::vector<YamlNode> kNone;
  const YamlNode* node = find(key);
  return node == nullptr ? kNone : node->items;
}

const std::vector<YamlEntry>& YamlNode::entries_of(std::string_view key) const {
  static const std::vector<YamlEntry> kNone;
  const YamlNode* node = find(key);
  return node == nullptr ? kNone : node->entries;
}

}  // namespace testbed
