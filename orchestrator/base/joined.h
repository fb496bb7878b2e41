#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// "a, b, c" of its parts; an empty part keeps its place.
std::string joined(const std::vector<std::string>& parts, std::string_view between);

}  // namespace testbed
