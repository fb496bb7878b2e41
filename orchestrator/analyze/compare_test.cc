#include "orchestrator/analyze/compare.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

// "regressed s/a+native", and with a side check's name behind a blank.
std::vector<std::string> lines(const Comparison& comparison) {
  std::vector<std::string> out;
  for (const Difference& difference : comparison.differences) {
    out.push_back(std::string(name_of(difference.change)) + " " + difference.cell +
                  (difference.check.empty() ? "" : " " + difference.check));
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(CompareRuns, ARunComparedWithItselfShowsNoDifference) {
  SampleMatrix matrix;
  matrix.add("bare", "native", Observed::Pass).add("bare", "runsc-20240722", Observed::Fail);
  const Comparison comparison = compare_runs(matrix.run(), matrix.run());
  EXPECT_TRUE(comparison.differences.empty());
  EXPECT_EQ(comparison.counts.at(Change::Same), 4u) << "two ladders, two side checks";
}

TEST(CompareRuns, EveryClassIsTold) {
  SampleMatrix before, after;
  before.add("a", "native", Observed::Pass)
      .add("b", "native", Observed::Fail)
      .add("c", "native", Observed::Fail)
      .add("d", "native", Observed::Pass)
      .add("f", "native", Observed::Pass)
      .add("g", "native", Observed::Pass);
  after.add("a", "native", Observed::Fail)
      .add("b", "native", Observed::Pass)
      .add("c", "native", Observed::Hang)
      .add("e", "native", Observed::Pass)
      .add("f", "native", Observed::Infra)
      .add("g", "native", Observed::Pass, Observed::Fail);
  before.run().complete = after.run().complete = true;
  EXPECT_EQ(lines(compare_runs(before.run(), after.run())),
            (Lines{"regressed s/a+native", "regressed s/g+native mkdir", "fixed s/b+native",
                   "changed s/c+native", "new s/e+native", "gone s/d+native",
                   "not-comparable s/f+native"}));
}

TEST(CompareRuns, HarnessTroubleIsNoRegression) {
  SampleMatrix before, after;
  before.add("a", "native", Observed::Pass);
  for (const Observed trouble : {Observed::Infra, Observed::Error, Observed::Skip}) {
    after = SampleMatrix();
    after.add("a", "native", trouble);
    EXPECT_EQ(lines(compare_runs(before.run(), after.run())), Lines{"not-comparable s/a+native"});
  }
  after = SampleMatrix();
  after.plan("a", "native");
  const Comparison comparison = compare_runs(before.run(), after.run());
  ASSERT_FALSE(comparison.differences.empty());
  EXPECT_EQ(comparison.differences[0].why, "pending: it was not run");
}

TEST(CompareRuns, FlakyCellsDoNotCompare) {
  SampleMatrix before, after;
  before.add("a", "native", Observed::Pass);
  after.add("a", "native", Observed::Fail);
  after.run().results.at("s/a+native").outcome.verdict = Verdict::Flaky;
  EXPECT_EQ(lines(compare_runs(before.run(), after.run())), Lines{"not-comparable s/a+native"});
}

TEST(CompareRuns, AnotherSignatureIsAChange) {
  SampleMatrix before, after;
  before.add("a", "native", Observed::Fail);
  after.add("a", "native", Observed::Fail);
  after.run().results.at("s/a+native").outcome.cause->signature = "other";
  EXPECT_EQ(lines(compare_runs(before.run(), after.run())), Lines{"changed s/a+native"});
}

TEST(CompareRuns, OtherRungsDoNotCompare) {
  SampleMatrix before, after;
  before.add("a", "native", Observed::Pass);
  after.add("a", "native", Observed::Fail);
  after.run().planned[0].rungs.push_back("read");
  const Comparison comparison = compare_runs(before.run(), after.run());
  EXPECT_EQ(comparison.differences[0].why, "the ladder has other rungs");
}

TEST(CompareRuns, WhatElseDiffersIsNamed) {
  SampleMatrix before, after;
  before.run().provenance.kernel = "6.12";
  after.run().provenance.kernel = "6.18";
  before.run().provenance.digests = after.run().provenance.digests = {{"scenario s", "1"}};
  before.run().artifacts["runsc-1"].digest = "1";
  after.run().artifacts["runsc-1"].digest = "2";
  before.run().complete = after.run().complete = true;
  EXPECT_EQ(compare_runs(before.run(), after.run()).circumstances,
            (Lines{"host kernel: 6.12, then 6.18", "artifact runsc-1: other bytes"}));
}

TEST(CompareValues, VersionsOfOneRunArePairedByTheirOtherCoordinates) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20221219", Observed::Pass)
      .add("a", "runsc-20240722", Observed::Fail)
      .add("b", "runsc-20221219", Observed::Pass)
      .add("b", "runsc-20240722", Observed::Pass);
  const auto comparison =
      compare_values(matrix.run(), "sandbox", "runsc-20221219", "runsc-20240722");
  ASSERT_TRUE(is_ok(comparison));
  EXPECT_EQ(lines(*comparison), Lines{"regressed s/a+runsc-20240722"});
  EXPECT_EQ(comparison->differences[0].before, "pass 2/2");
  EXPECT_EQ(comparison->differences[0].after, "sandbox-up 1/2 fail, fuse-access-enosys");
}

TEST(CompareValues, ApproachesCompareToo) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail).add("b", "native", Observed::Pass);
  EXPECT_EQ(lines(compare_values(matrix.run(), "approach", "a", "b").value()),
            Lines{"fixed s/b+native"});
  EXPECT_TRUE(fails_with(compare_values(matrix.run(), "approach", "a", "c"), "approach=c"));
}

}  // namespace
}  // namespace testbed
