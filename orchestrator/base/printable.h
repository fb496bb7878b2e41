#pragma once

#include <string>
#include <string_view>

namespace testbed {

// The text as a terminal may show it: invalid UTF-8 replaced, control characters other than the
// newline spelt out ("\x1b"), so that what a workload printed cannot move the cursor or set
// colours.
std::string printable(std::string_view text);

// The same on one line: newlines and tabs are spelt out too.
std::string printable_line(std::string_view text);

}  // namespace testbed
