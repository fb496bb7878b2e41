#include "orchestrator/model/header_text.h"

namespace testbed {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool run(HeaderText& out) {
    if (!take('{')) return false;
    for (bool first = true;; first = false) {
      if (take('}')) break;
      if (!first && !take(',')) return false;
      if (!member(out)) return false;
    }
    out.rest += text_.substr(kept_, at_ - kept_);
    skip_blanks();
    return at_ == text_.size();
  }

 private:
  bool member(HeaderText& out) {
    skip_blanks();
    const std::size_t start = at_;
    if (!string()) return false;
    const std::string_view key = text_.substr(start, at_ - start);
    if (!take(':')) return false;
    skip_blanks();
    auto* list = key == "\"planned\"" ? &out.planned : key == "\"whole\"" ? &out.whole : nullptr;
    if (list == nullptr || !list->empty()) return value();
    return objects(*list, out.rest);
  }

  bool objects(std::vector<std::string_view>& list, std::string& rest) {
    if (!take('[')) return false;
    rest += text_.substr(kept_, at_ - kept_);
    if (!take(']')) {
      do {
        skip_blanks();
        const std::size_t start = at_;
        if (at_ == text_.size() || text_[at_] != '{' || !value()) return false;
        list.push_back(text_.substr(start, at_ - start));
      } while (take(','));
      if (!take(']')) return false;
    }
    kept_ = at_ - 1;
    return true;
  }

  // Whether it is well-formed is the parser's business; here only its end counts.
  bool value() {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!string()) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return true;  // of what surrounds it
        --depth;
        ++at_;
      } else if (c == ',' && depth == 0) {
        return true;
      } else {
        ++at_;
        continue;
      }
      if (depth == 0) return true;
    }
    return false;
  }

  bool string() {
    if (at_ == text_.size() || text_[at_] != '"') return false;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }

  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t kept_ = 0;  // from here on not yet in `rest`
};

}  // namespace

bool take_apart(std::string_view text, HeaderText& out) { return Scanner(text).run(out); }

}  // namespace testbed
