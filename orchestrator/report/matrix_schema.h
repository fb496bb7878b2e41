#pragma once

#include <string_view>

namespace testbed {

// The JSON Schema of a run as JSON: of `report --format json` and of matrix.json.
std::string_view matrix_schema();

}  // namespace testbed
