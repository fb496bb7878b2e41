#pragma once

#include <cstdint>

#include "orchestrator/base/result.h"

namespace testbed {

// Bytes of "1000", "500M" or "20GiB": powers of 1024. An error for other text.
Result<std::uint64_t> parse_size(const std::string& text);

// "612 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace testbed
