#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "orchestrator/base/result.h"

namespace testbed {

// EXPECT_TRUE(is_ok(x)) shows the error when it is not.
template <class T>
testing::AssertionResult is_ok(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "error: " << result.error().message;
}

// EXPECT_TRUE(fails_with(x, "ENOENT")): an error whose message contains that.
template <class T>
testing::AssertionResult fails_with(const Result<T>& result, std::string_view part) {
  if (result) return testing::AssertionFailure() << "succeeded; expected an error with: " << part;
  if (result.error().message.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "error: " << result.error().message << "\nexpected it to contain: " << part;
}

}  // namespace testbed
