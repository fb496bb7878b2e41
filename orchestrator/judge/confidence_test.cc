#include "orchestrator/judge/confidence.h"

#include <gtest/gtest.h>

namespace testbed {
namespace {

// The values were computed apart, from the formula's closed form.
TEST(ShareThatPasses, IsWilsonsInterval) {
  EXPECT_NEAR(share_that_passes(17, 25).least, 0.4841, 0.001);
  EXPECT_NEAR(share_that_passes(17, 25).most, 0.8279, 0.001);
  EXPECT_NEAR(share_that_passes(1, 2).least, 0.0945, 0.001);
  EXPECT_NEAR(share_that_passes(1, 2).most, 0.9055, 0.001);
}

TEST(ShareThatPasses, NoneOrAllOfAFewLeaveRoomForTheOther) {
  EXPECT_NEAR(share_that_passes(0, 10).most, 0.2775, 0.001);
  EXPECT_DOUBLE_EQ(share_that_passes(0, 10).least, 0);
  EXPECT_NEAR(share_that_passes(10, 10).least, 0.7225, 0.001);
  EXPECT_DOUBLE_EQ(share_that_passes(10, 10).most, 1);
  EXPECT_DOUBLE_EQ(share_that_passes(0, 0).most, 1);
}

TEST(PassedInWords, SaysWhatWasSeenAndWhatFollows) {
  EXPECT_EQ(passed_in_words(17, 25),
            "17 of 25 attempts passed, so 48 to 83 % of all (95 % confidence)");
}

}  // namespace
}  // namespace testbed
