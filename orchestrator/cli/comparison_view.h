#pragma once

#include "orchestrator/analyze/compare.h"
#include "orchestrator/base/json.h"

namespace testbed {

// A comparison for a terminal, for a pull request and for a program. Each ends with a newline.
// "2 regressed, 12 same".
std::string comparison_counts(const Comparison& comparison);
std::string comparison_html(const Comparison& comparison);
std::string comparison_text(const Comparison& comparison);
std::string comparison_markdown(const Comparison& comparison);
json::object comparison_json(const Comparison& comparison);

}  // namespace testbed
