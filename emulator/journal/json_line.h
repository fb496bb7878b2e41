#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace testbed {

// One JSON object, its members in the order in which they were added. Made for journals: no tree is
// built, and whatever bytes a client sent become a text that every JSON reader accepts.
class JsonLine {
 public:
  JsonLine& text(std::string_view key, std::string_view value);
  JsonLine& integer(std::string_view key, std::int64_t value);
  JsonLine& natural(std::string_view key, std::uint64_t value);
  JsonLine& null(std::string_view key);
  // The text, or null when there is none.
  JsonLine& text_or_null(std::string_view key, const std::optional<std::string>& value);
  // The members of another line, after ours.
  JsonLine& members_of(const JsonLine& other);

  // "{...}" without a newline.
  std::string str() const { return "{" + members_ + "}"; }

 private:
  JsonLine& raw(std::string_view key, std::string_view value);
  std::string members_;
};

// The text in double quotes: control characters escaped, invalid UTF-8 replaced by U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace testbed
