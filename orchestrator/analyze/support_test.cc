#include "orchestrator/analyze/support.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

std::string support(SampleMatrix& matrix, const std::string& cell = "s/a+runsc-20240722") {
  return in_words(support_of(matrix.run(), cell, "listed"));
}

TEST(Support, SaysSinceWhenACheckFails) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Pass)
      .add("a", "runsc-20221219", Observed::Pass)
      .add("a", "runsc-20240722", Observed::Fail)
      .add("a", "runsc-20260701", Observed::Fail);
  EXPECT_EQ(support(matrix), "passes up to 20221219, fails since 20240722");
}

TEST(Support, ARangeInTheMiddleHasBothItsEnds) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20260701", Observed::Pass)
      .add("a", "runsc-20240722", Observed::Fail)
      .add("a", "runsc-20230715", Observed::Fail)
      .add("a", "runsc-20221219", Observed::Pass);
  EXPECT_EQ(support(matrix),
            "passes up to 20221219, fails from 20230715 to 20240722, passes since 20260701");
}

TEST(Support, OneVersionSaysNothingOfOthers) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Pass).add("a", "runsc-20240722", Observed::Fail);
  EXPECT_EQ(support(matrix), "");
  EXPECT_EQ(support(matrix, "s/none"), "");
}

TEST(Support, AnotherPlatformOrApproachIsAnotherQuestion) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20221219+ptrace", Observed::Pass)
      .add("b", "runsc-20221219", Observed::Pass)
      .add("a", "runsc-20240722", Observed::Fail)
      .add("a", "runsc-20260701", Observed::Fail);
  EXPECT_EQ(support(matrix), "fails from 20240722 to 20260701");
}

}  // namespace
}  // namespace testbed
