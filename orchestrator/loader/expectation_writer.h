#pragma once

#include <string>
#include <vector>

#include "orchestrator/model/expectation_row.h"

namespace testbed {

// The `expect:` block of a scenario file; empty without rows.
std::string expect_block(const std::vector<ExpectationRow>& rows);

// The text of a scenario file with another `expect:` block: every other line stays as it is,
// comments too. Without one the block is appended.
std::string with_expect_block(const std::string& scenario, const std::string& block);

}  // namespace testbed
