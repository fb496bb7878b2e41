#pragma once

#include <string_view>

namespace testbed {

// One line each on standard error, whole even when threads write at once.
void log_info(std::string_view message);
void log_warning(std::string_view message);

// Details such as the external commands that are started; shown with --verbose or
// TESTBED_VERBOSE=1.
void log_detail(std::string_view message);
void set_log_details(bool shown);

}  // namespace testbed
