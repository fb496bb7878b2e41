#pragma once

#include <chrono>
#include <string>

namespace testbed {

using UtcTime = std::chrono::system_clock::time_point;

// RFC 3339: "2026-11-24T02:45:12Z".
std::string utc_stamp(UtcTime time);

// For names, which sort as the times do: "20261124-024512".
std::string utc_name(UtcTime time);

}  // namespace testbed
