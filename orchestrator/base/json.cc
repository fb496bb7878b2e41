#include "orchestrator/base/json.h"

#include <boost/json/src.hpp>

namespace testbed {
namespace {

// Length of the valid UTF-8 sequence at the start of `text`; 0 when there is none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

void print(std::string& out, const json::value& value, std::size_t indent) {
  const std::string pad(indent + 2, ' ');
  const auto close = [&](char bracket) { out += "\n" + std::string(indent, ' ') + bracket; };
  if (const json::object* object = value.if_object(); object && !object->empty()) {
    const char* separator = "{\n";
    for (const auto& [key, member] : *object) {
      out += separator + pad + json::serialize(json::string(key)) + ": ";
      print(out, member, indent + 2);
      separator = ",\n";
    }
    close('}');
  } else if (const json::array* array = value.if_array(); array && !array->empty()) {
    const char* separator = "[\n";
    for (const json::value& item : *array) {
      out += separator + pad;
      print(out, item, indent + 2);
      separator = ",\n";
    }
    close(']');
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  json::error_code error;
  unsigned char stack[4096];
  json::stream_parser parser({}, {}, stack);
  parser.reset(std::move(storage));
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);
  if (error) {
    return Error{"not JSON at byte " + std::to_string(read) + ": " + error.message()};
  }
  if (text.find_first_not_of(" \t\r\n", read) != std::string_view::npos) {
    return Error{"not JSON at byte " + std::to_string(read) + ": extra data"};
  }
  return parser.release();
}

std::string to_line(const json::value& value) { return valid_utf8(json::serialize(value)); }

std::string to_pretty(const json::value& value) {
  std::string out;
  print(out, value, 0);
  return valid_utf8(out) + "\n";
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string text_or(const json::object& object, std::string_view key, std::string_view fallback) {
  const json::value* value = object.if_contains(key);
  return std::string(value && value->is_string() ? std::string_view(value->get_string())
                                                 : fallback);
}

std::int64_t number_or(const json::object& object, std::string_view key, std::int64_t fallback) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return fallback;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  if (!value->is_double()) return fallback;
  const double number = value->get_double();  // beyond the range of the result a cast means nothing
  return number > -9.2e18 && number < 9.2e18 ? static_cast<std::int64_t>(number) : fallback;
}

bool flag_or(const json::object& object, std::string_view key, bool fallback) {
  const json::value* value = object.if_contains(key);
  return value && value->is_bool() ? value->get_bool() : fallback;
}

}  // namespace testbed
