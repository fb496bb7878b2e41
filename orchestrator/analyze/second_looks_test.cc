#include "orchestrator/analyze/second_looks.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

SampleMatrix with_a_red_cell() {
  SampleMatrix matrix;
  matrix.add("fuse", "native", Observed::Pass)
      .add("fuse", "runsc-20221219", Observed::Pass)
      .add("fuse", "runsc-20240722", Observed::Fail);
  return matrix;
}

TEST(SecondLooks, AreAtWhatIsRedAndNotExpectedBesideTheNearestVersionThatPasses) {
  const auto looks = second_looks(with_a_red_cell().run(), false);
  ASSERT_EQ(looks.size(), 1u);
  EXPECT_EQ(looks[0].cell, "s/fuse+runsc-20240722");
  EXPECT_EQ(looks[0].check, "listed");
  EXPECT_EQ(looks[0].neighbour, "s/fuse+runsc-20221219");
  EXPECT_FALSE(looks[0].from_start);
}

TEST(SecondLooks, LeaveOutWhatWasExpectedUnlessItIsAskedFor) {
  SampleMatrix matrix = with_a_red_cell();
  matrix.run().results["s/fuse+runsc-20240722"].outcome.verdict = Verdict::Xfail;
  EXPECT_TRUE(second_looks(matrix.run(), false).empty());
  EXPECT_EQ(second_looks(matrix.run(), true).size(), 1u);
}

TEST(SecondLooks, AreAtASideCheckWhereTheLadderHolds) {
  SampleMatrix matrix;
  matrix.add("fuse", "runsc-20240722", Observed::Pass, Observed::Hang);
  CellResult& result = matrix.run().results["s/fuse+runsc-20240722"];
  result.outcome.verdict = Verdict::Unexpected;
  result.attempts[0].checks[2].verdict = Verdict::Unexpected;
  const auto looks = second_looks(matrix.run(), false);
  ASSERT_EQ(looks.size(), 1u);
  EXPECT_EQ(looks[0].check, "mkdir");
  EXPECT_EQ(looks[0].neighbour, "");
}

TEST(SecondLooks, BeginAtTheStartWhereTheCheckWasNotCarriedOut) {
  SampleMatrix matrix = with_a_red_cell();
  matrix.run().results["s/fuse+runsc-20240722"].attempts[0].checks[1].command.clear();
  EXPECT_TRUE(second_looks(matrix.run(), false).at(0).from_start);
}

TEST(SecondLooks, AControlIsNoNeighbourAsItHasNoTrace) {
  SampleMatrix matrix;
  matrix.add("fuse", "native", Observed::Pass).add("fuse", "runsc-20240722", Observed::Fail);
  EXPECT_EQ(second_looks(matrix.run(), false).at(0).neighbour, "");
}

}  // namespace
}  // namespace testbed
