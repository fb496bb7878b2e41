#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// What a workload printed is shown to people: it must not move their cursor nor break a table.
// Invalid UTF-8 is replaced, control characters and line breaks become blanks.
std::string one_line(std::string_view text);

// Columns on a terminal: one for each code point.
std::size_t columns_of(std::string_view text);
std::string padded(std::string text, std::size_t columns);

// Words put into lines of at most `width` columns; a longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

std::string joined(const std::vector<std::string>& parts, std::string_view between);

// "1 cell", "2 cells".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace testbed
