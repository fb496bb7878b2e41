#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// Columns that a text takes: code points, colours not counted.
std::size_t width_of(std::string_view text);

// `text` and blanks up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

// Words in lines of at most `width` columns; a longer word stands alone.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// "  label   text" with the text wrapped and hung below itself.
std::string hanging(std::string_view label, std::size_t indent, std::string_view text,
                    std::size_t width);

}  // namespace testbed
