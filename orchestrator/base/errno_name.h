#pragma once

#include <string>

namespace testbed {

// "ENOENT" for 2; "errno 4000" for a number that the Linux table does not hold.
std::string errno_name(int error);

// "ENOENT (No such file or directory)": what messages show.
std::string errno_text(int error);

}  // namespace testbed
