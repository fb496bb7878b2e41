#pragma once

#include <gtest/gtest.h>

#include "orchestrator/base/host.h"

// The first statement of a host test: skips it, with the reason, on a machine that lacks what it
// needs. A skip is counted as such by CTest.
#define REQUIRE_HOST(ability)                                                                     \
  do {                                                                                            \
    if (const auto missing_ = (ability); !missing_.empty()) GTEST_SKIP() << "needs " << missing_; \
  } while (false)
