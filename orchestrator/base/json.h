#pragma once

// The only includer of Boost.JSON besides json.cc, which holds its compiled part.
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace testbed {

namespace json = boost::json;

// The document in `text`, or where it stops being JSON.
Result<json::value> parse_json(std::string_view text, json::storage_ptr storage = {});

// One line, without a newline. Invalid UTF-8 is replaced, so that every reader accepts it.
std::string to_line(const json::value& value);

// Indented by two spaces, ends with a newline.
std::string to_pretty(const json::value& value);

// The text with every invalid UTF-8 sequence replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

// Members of an object that may be absent or of another type.
std::string text_or(const json::object& object, std::string_view key,
                    std::string_view fallback = "");
std::int64_t number_or(const json::object& object, std::string_view key, std::int64_t fallback = 0);
bool flag_or(const json::object& object, std::string_view key, bool fallback = false);

}  // namespace testbed
