#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed::supervisor {

struct Word {
  std::string text{};
  int column = 0;  // from 1
  bool quoted = false;
  std::string problem{};  // what is wrong with it, else empty
};

// The words of one line: parted by blanks; "..." keeps blanks and knows \n \t \\ \" \xHH; what
// begins with # is a comment.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  bool has_more();
  // An empty word, past the end, when there is none.
  Word next();
  // What is left of the line, as it stands.
  std::string rest();

 private:
  Word quoted_word();

  std::string_view text_;
  std::size_t at_ = 0;
};

// What stands between the slashes; empty ones are left out.
std::vector<std::string_view> components(std::string_view path);

}  // namespace testbed::supervisor
