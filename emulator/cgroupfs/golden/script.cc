#include "emulator/cgroupfs/golden/script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace testbed::golden {
namespace {

struct VerbRow {
  std::string_view name;
  Verb verb;
  std::size_t least, most;  // words after the verb
};

constexpr auto kVerbs = std::to_array<VerbRow>({
    {"read", Verb::Read, 1, 1},
    {"parts", Verb::Parts, 2, 2},
    {"read-at", Verb::ReadAt, 3, 3},
    {"write", Verb::Write, 2, 2},
    {"write-at", Verb::WriteAt, 3, 3},
    {"write-twice", Verb::WriteTwice, 3, 3},
    {"append", Verb::Append, 2, 2},
    {"trunc", Verb::Trunc, 2, 2},
    {"truncate", Verb::Truncate, 2, 2},
    {"open", Verb::Open, 2, 2},
    {"mode", Verb::Mode, 1, 1},
    {"size", Verb::Size, 1, 1},
    {"list", Verb::List, 1, 1},
    {"mkdir", Verb::Mkdir, 1, 2},
    {"rmdir", Verb::Rmdir, 1, 1},
    {"rename", Verb::Rename, 2, 2},
    {"unlink", Verb::Unlink, 1, 1},
    {"create", Verb::Create, 1, 1},
    {"symlink", Verb::Symlink, 2, 2},
    {"link", Verb::Link, 2, 2},
    {"mknod", Verb::Mknod, 1, 1},
    {"chmod", Verb::Chmod, 2, 2},
    {"chown", Verb::Chown, 3, 3},
    {"access", Verb::Access, 2, 2},
    {"getxattr", Verb::GetXattr, 2, 2},
    {"setxattr", Verb::SetXattr, 3, 3},
    {"keep", Verb::Keep, 3, 3},
    {"read-kept", Verb::ReadKept, 1, 1},
    {"write-kept", Verb::WriteKept, 2, 2},
    {"close-kept", Verb::CloseKept, 1, 1},
    {"spawn", Verb::Spawn, 1, 1},
    {"end", Verb::End, 1, 1},
    {"zombie", Verb::Zombie, 1, 1},
});

std::optional<char> escaped(std::string_view line, std::size_t& at) {
  const char letter = line[at];
  if (letter == 'n') return '\n';
  if (letter == 't') return '\t';
  if (letter == '0') return '\0';
  if (letter == '\\' || letter == '"') return letter;
  if (letter != 'x' || at + 2 >= line.size()) return std::nullopt;
  unsigned value = 0;
  const char* digits = line.data() + at + 1;
  if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) return std::nullopt;
  at += 2;
  return static_cast<char>(value);
}

// "*5000" behind a word repeats it.
Result<std::size_t> take_times(std::string_view line, std::size_t& at) {
  if (at >= line.size() || line[at] != '*') return std::size_t{1};
  std::size_t times = 0;
  const auto [end, error] = std::from_chars(line.data() + at + 1, line.data() + line.size(), times);
  if (error != std::errc()) return Error{"no number after '*'"};
  at = static_cast<std::size_t>(end - line.data());
  return times;
}

class Parser {
 public:
  Result<Script> parse(std::string_view text) {
    std::istringstream lines{std::string(text)};
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      auto words = split_words(line);
      const std::string place = "line " + std::to_string(number);
      if (!words) return std::move(words).error().in(place);
      if (words->empty()) continue;
      if (auto taken = take(*words); !taken) return std::move(taken).error().in(place);
    }
    if (script_.layout.empty()) return Error{"no layout is named"};
    return std::move(script_);
  }

 private:
  using Words = std::vector<std::string>;

  Result<> take(const Words& words) {
    const std::string& first = words[0];
    if (first == "layout" && words.size() == 2) {
      script_.layout = words[1];
      return {};
    }
    if (first == "values" && words.size() == 4) {
      values_[words[1]].emplace_back(words[2], words[3]);
      return {};
    }
    if (first == "section" && (words.size() == 2 || words.size() == 3)) {
      script_.sections.push_back({words[1], words.size() == 3 ? words[2] : ""});
      return {};
    }
    if (script_.sections.empty()) return Error{"an operation before the first section"};
    return first == "file" ? take_file(words) : take_operation(words);
  }

  // file NAME [volatile] [good TEXT] SET...: everything that is tried with a control file.
  Result<> take_file(const Words& words) {
    if (words.size() < 2) return Error{"a file has a name"};
    const std::string& name = words[1];
    std::string good;
    content_ = Content::Text;
    TRY(add(name, "mode", Verb::Mode, {name}));
    TRY(add(name, "size", Verb::Size, {name}));
    std::vector<std::string> sets;
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "volatile") {
        content_ = Content::Volatile;
      } else if (words[i] == "good" && i + 1 < words.size()) {
        good = words[++i];
      } else {
        sets.push_back(words[i]);
      }
    }
    TRY(add(name, "initial", Verb::Read, {name}));
    TRY(add(name, "parts", Verb::Parts, {name, "3"}));
    TRY(add(name, "at-2", Verb::ReadAt, {name, "2", "4"}));
    TRY(add(name, "past-the-end", Verb::ReadAt, {name, "9000", "4"}));
    TRY(add(name, "truncate", Verb::Truncate, {name, "0"}));
    for (const std::string& set : sets) {
      const auto found = values_.find(set);
      if (found == values_.end()) return Error{"no values are named " + set};
      for (const auto& [id, text] : found->second) {
        TRY(add(name, id, Verb::Write, {name, text}));
      }
    }
    if (!good.empty()) {
      TRY(add(name, "good", Verb::Write, {name, good}));
      TRY(add(name, "good-newline", Verb::Write, {name, good + "\n"}));
      TRY(add(name, "good-at-5", Verb::WriteAt, {name, "5", good}));
      TRY(add(name, "good-appended", Verb::Append, {name, good}));
      TRY(add(name, "good-truncating", Verb::Trunc, {name, good}));
      TRY(add(name, "good-twice", Verb::WriteTwice, {name, good, good}));
      TRY(add(name, "good-then-bad", Verb::WriteTwice, {name, good, "\xc3\xbc"}));
    }
    content_ = Content::Text;
    return {};
  }

  // ID [user] VERB WORD...
  Result<> take_operation(const Words& words) {
    std::size_t at = 1;
    const bool as_user = words.size() > 1 && words[1] == "user";
    if (as_user) ++at;
    const bool is_volatile = words.size() > at && words[at] == "volatile";
    if (is_volatile) ++at;
    if (words.size() <= at) return Error{"no operation after " + words[0]};
    const auto row = std::find_if(kVerbs.begin(), kVerbs.end(),
                                  [&](const VerbRow& each) { return each.name == words[at]; });
    if (row == kVerbs.end()) return Error{"no operation is named " + words[at]};
    const std::size_t count = words.size() - at - 1;
    if (count < row->least || count > row->most) return Error{words[at] + " takes other words"};
    const auto slash = words[0].find('/');
    if (slash == std::string::npos) return Error{"an id is FILE/CASE: " + words[0]};
    content_ = is_volatile ? Content::Volatile : Content::Text;
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    auto added = add(words[0].substr(0, slash), words[0].substr(slash + 1), row->verb,
                     {first, words.end()}, as_user);
    content_ = Content::Text;
    return added;
  }

  Result<> add(const std::string& file, const std::string& name, Verb verb, Words words,
               bool as_user = false) {
    Section& section = script_.sections.back();
    const std::string id = file + "/" + name;
    if (!ids_.insert(id).second) return Error{"two operations are named " + id};
    section.operations.push_back(
        {id, file, section.name, verb, as_user, std::move(words), content_});
    return {};
  }

  Script script_{};
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> values_{};
  std::set<std::string> ids_{};
  Content content_ = Content::Text;
};

}  // namespace

Result<Script> parse_script(std::string_view text) { return Parser().parse(text); }

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (true) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos || line[at] == '#') return words;
    std::string word;
    if (line[at] == '"') {
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] != '\\') {
          word += line[at];
          continue;
        }
        const auto byte = ++at < line.size() ? escaped(line, at) : std::nullopt;
        if (!byte) return Error{"an unknown escape"};
        word += *byte;
      }
      if (at++ >= line.size()) return Error{"a quote is not closed"};
      const std::size_t times = TRY(take_times(line, at));
      std::string repeated;
      for (std::size_t i = 0; i < times; ++i) repeated += word;
      word = std::move(repeated);
    } else {
      const auto end = std::min(line.find_first_of(" \t", at), line.size());
      word = line.substr(at, end - at);
      at = end;
    }
    words.push_back(std::move(word));
  }
}

}  // namespace testbed::golden
