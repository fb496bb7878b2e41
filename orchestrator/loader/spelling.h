#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// The text as messages show it: in backquotes, on one line, not longer than a line.
std::string in_quotes(std::string_view text);

// "; did you mean `axes`?", or nothing when no candidate is near.
std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates);

// "`a`, `b` or `c`".
std::string one_of(const std::vector<std::string>& candidates);

}  // namespace testbed
