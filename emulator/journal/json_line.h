#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace testbed {

// Builds one JSON object as text. Fields keep the order in which they are added, so that a person
// can read a journal without a tool.
class JsonLine {
 public:
  JsonLine& text(std::string_view key, std::string_view value);
  JsonLine& number(std::string_view key, std::int64_t value);
  JsonLine& null(std::string_view key);
  // `json` goes in as it is: an array, an object, true or false.
  JsonLine& raw(std::string_view key, std::string_view json);

  // The members without the braces around them.
  const std::string& members() const { return members_; }
  std::string object() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

// The text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD: a file name
// may hold anything, and one bad name must not make a line unreadable.
std::string json_quoted(std::string_view text);

}  // namespace testbed
