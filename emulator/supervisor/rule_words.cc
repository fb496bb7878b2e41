#include "emulator/supervisor/rule_words.h"

#include <charconv>

namespace testbed::supervisor {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

bool Words::has_more() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  return at_ < text_.size() && text_[at_] != '#';
}

Word Words::next() {
  if (!has_more()) return {.column = static_cast<int>(at_) + 1};
  if (text_[at_] == '"') return quoted_word();
  const std::size_t start = at_;
  while (at_ < text_.size() && !is_blank(text_[at_])) ++at_;
  return {.text = std::string(text_.substr(start, at_ - start)),
          .column = static_cast<int>(start) + 1};
}

std::string Words::rest() {
  has_more();
  const std::string text(text_.substr(at_));
  at_ = text_.size();
  return text;
}

Word Words::quoted_word() {
  Word word{.column = static_cast<int>(at_) + 1, .quoted = true};
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return word;
    }
    if (c != '\\') {
      word.text += c;
      continue;
    }
    const char escaped = ++at_ < text_.size() ? text_[at_] : '\0';
    if (escaped == 'n') {
      word.text += '\n';
    } else if (escaped == 't') {
      word.text += '\t';
    } else if (escaped == '\\' || escaped == '"') {
      word.text += escaped;
    } else if (escaped == 'x' && at_ + 2 < text_.size()) {
      unsigned value = 0;
      const char* const digits = text_.data() + at_ + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) {
        word.problem = "\\x needs two hexadecimal digits";
      }
      word.text += static_cast<char>(value);
      at_ += 2;
    } else {
      word.problem = "only \\n, \\t, \\\\, \\\" and \\xHH are known";
    }
  }
  word.problem = "the quotation mark is not closed";
  return word;
}

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace testbed::supervisor
