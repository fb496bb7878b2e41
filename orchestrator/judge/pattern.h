#pragma once

#include <string>
#include <string_view>

namespace testbed {

// Whether a regular expression (ECMAScript) is found anywhere in a text that a workload may have
// written. Unusable: the expression is invalid, or has back-references.
enum class Found { Yes, No, Unusable };
Found search(const std::string& pattern, std::string_view text);

}  // namespace testbed
