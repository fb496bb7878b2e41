#include "emulator/journal/json_line.h"

#include <cstdio>

#include "orchestrator/base/json.h"

namespace testbed {
namespace {

std::string escaped(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f) return std::string(1, c);
  char code[8];
  std::snprintf(code, sizeof code, "\\u%04x", byte);
  return code;
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : valid_utf8(text)) out += escaped(c);
  return out + '"';
}

JsonLine& JsonLine::raw(std::string_view key, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_.append(json_quoted(key)).append(":").append(value);
  return *this;
}

JsonLine& JsonLine::text(std::string_view key, std::string_view value) {
  return raw(key, json_quoted(value));
}

JsonLine& JsonLine::integer(std::string_view key, std::int64_t value) {
  return raw(key, std::to_string(value));
}

JsonLine& JsonLine::natural(std::string_view key, std::uint64_t value) {
  return raw(key, std::to_string(value));
}

JsonLine& JsonLine::null(std::string_view key) { return raw(key, "null"); }

JsonLine& JsonLine::text_or_null(std::string_view key, const std::optional<std::string>& value) {
  return value ? text(key, *value) : null(key);
}

JsonLine& JsonLine::members_of(const JsonLine& other) {
  if (!members_.empty() && !other.members_.empty()) members_ += ',';
  members_ += other.members_;
  return *this;
}

}  // namespace testbed
