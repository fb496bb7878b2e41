#include "orchestrator/analyze/obsolescence.h"

#include <gtest/gtest.h>

namespace testbed {
namespace {

std::map<std::string, NeedSeen> seen_in_four_versions() {
  return {{"20221219", {.whole = true, .without = false}},
          {"20240722", {.whole = true, .without = false}},
          {"20250503", {.whole = true, .without = true}},
          {"20260701", {.whole = true, .without = true}}};
}

TEST(Obsolescence, SaysSinceWhichVersionAComponentIsNotNeeded) {
  const auto ranges = need_ranges(seen_in_four_versions());
  EXPECT_EQ(need_in_words(ranges), "needed up to 20240722, not needed since 20250503");
  EXPECT_EQ(obsolete_since(ranges), "20250503");
}

TEST(Obsolescence, AVersionInWhichTheWholeFailsOrThatIsSilentSaysNothing) {
  auto seen = seen_in_four_versions();
  seen["20221219"].whole = false;
  seen["20240722"].without = std::nullopt;
  const auto ranges = need_ranges(seen);
  EXPECT_EQ(need_in_words(ranges), "not needed from 20250503 to 20260701");
  EXPECT_EQ(obsolete_since(ranges), "") << "nobody has seen it needed";
}

TEST(Obsolescence, WhatIsNeededAgainIsNotObsolete) {
  auto seen = seen_in_four_versions();
  seen["20260701"].without = false;
  const auto ranges = need_ranges(seen);
  EXPECT_EQ(need_in_words(ranges),
            "needed up to 20240722, not needed on 20250503, needed since 20260701");
  EXPECT_EQ(obsolete_since(ranges), "");
}

TEST(Obsolescence, OneVersionIsNamed) {
  EXPECT_EQ(need_in_words(need_ranges({{"20240722", {.whole = true, .without = false}}})),
            "needed on 20240722");
  EXPECT_EQ(need_in_words({}), "");
}

}  // namespace
}  // namespace testbed
