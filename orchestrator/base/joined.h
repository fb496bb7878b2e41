#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// "a, b, c" of its parts; an empty part keeps its place.
std::string joined(const std::vector<std::string>& parts, std::string_view between);

// The parts of "a,b,c"; nothing has no parts.
std::vector<std::string> split(std::string_view text, char between);

}  // namespace testbed
