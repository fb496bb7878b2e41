#include "emulator/journal/json_line.h"

#include <cstdio>

#include "orchestrator/base/json.h"

namespace testbed {
namespace {

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7f) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", byte);
    out += code;
  } else {
    out += c;
  }
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : valid_utf8(text)) append_escaped(out, c);
  return out + "\"";
}

JsonLine& JsonLine::text(std::string_view key, std::string_view value) {
  return raw(key, json_quoted(value));
}

JsonLine& JsonLine::number(std::string_view key, std::int64_t value) {
  return raw(key, std::to_string(value));
}

JsonLine& JsonLine::null(std::string_view key) { return raw(key, "null"); }

JsonLine& JsonLine::raw(std::string_view key, std::string_view json) {
  if (!members_.empty()) members_ += ",";
  members_ += json_quoted(key) + ":";
  members_ += json;
  return *this;
}

}  // namespace testbed
