#include "orchestrator/analyze/neighbours.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

std::vector<std::string> cells(const std::vector<Neighbour>& neighbours) {
  std::vector<std::string> names;
  for (const Neighbour& neighbour : neighbours) names.push_back(neighbour.cell);
  return names;
}

using Names = std::vector<std::string>;

TEST(Neighbours, AreTheNearestPassingVersionOnEachSide) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20210101", Observed::Pass)
      .add("a", "runsc-20220101", Observed::Pass)
      .add("a", "runsc-20230101", Observed::Fail)
      .add("a", "runsc-20240101", Observed::Fail)
      .add("a", "runsc-20260101", Observed::Pass)
      .add("a", "runsc-20250101", Observed::Pass);
  EXPECT_EQ(cells(passing_neighbours(matrix.run(), "s/a+runsc-20240101")),
            (Names{"s/a+runsc-20220101", "s/a+runsc-20250101"}));
}

TEST(Neighbours, AreTheControlAndOtherApproachesOnTheSameSandbox) {
  SampleMatrix matrix;
  matrix.add("b", "runsc-20240101", Observed::Pass)
      .add("c", "runsc-20240101", Observed::Fail)
      .add("a", "runsc-20240101", Observed::Fail)
      .add("a", "native", Observed::Pass);
  EXPECT_EQ(cells(passing_neighbours(matrix.run(), "s/a+runsc-20240101")),
            (Names{"s/a+native", "s/b+runsc-20240101"}));
}

TEST(Neighbours, NeverDifferInTwoThings) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20240101+ptrace", Observed::Fail)
      .add("b", "native", Observed::Pass)
      .add("a", "runsc-20250101", Observed::Pass)
      .add("a", "runsc-20240101", Observed::Pass)
      .add("a", "runsc-20230101+ptrace", Observed::Pass);
  EXPECT_EQ(cells(passing_neighbours(matrix.run(), "s/a+runsc-20240101+ptrace")),
            (Names{"s/a+runsc-20230101+ptrace", "s/a+runsc-20240101"}));
}

TEST(Neighbours, OfAFurtherAxisKeepItsNameAndValue) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail).add("a", "native", Observed::Pass);
  testbed::Run& run = matrix.run();
  run.planned[0].id = "s/small";
  run.planned[0].coordinates["size"] = "small";
  run.planned[1].coordinates["size"] = "large";
  const auto found = passing_neighbours(run, "s/small");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].axis, "size");
  EXPECT_EQ(found[0].value, "large");
}

TEST(Neighbours, OfASideCheckAreTheCellsWhereItPassed) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20240101", Observed::Pass, Observed::Fail)
      .add("b", "runsc-20240101", Observed::Pass, Observed::Fail)
      .add("c", "runsc-20240101", Observed::Fail, Observed::Pass);
  EXPECT_EQ(cells(neighbours_passing_check(matrix.run(), "s/a+runsc-20240101", "mkdir")),
            Names{"s/c+runsc-20240101"});
}

TEST(Neighbours, AreNoneOfAnUnknownCellAndNeverPendingOrFlaky) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20240101", Observed::Fail).add("a", "native", Observed::Pass);
  matrix.plan("b", "runsc-20240101");
  matrix.run().results.at("s/a+native").outcome.verdict = Verdict::Flaky;
  EXPECT_TRUE(passing_neighbours(matrix.run(), "s/a+runsc-20240101").empty());
  EXPECT_TRUE(passing_neighbours(matrix.run(), "s/x").empty());
}

}  // namespace
}  // namespace testbed
