#include "orchestrator/analyze/why.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

TEST(Why, TellsCauseEvidenceNeighboursAndRemedy) {
  SampleMatrix matrix;
  matrix.add("fuse", "native", Observed::Pass)
      .add("fuse", "runsc-20221219", Observed::Pass)
      .add("fuse", "runsc-20240722", Observed::Fail)
      .add("full", "runsc-20240722", Observed::Pass);
  EXPECT_EQ(
      explain(matrix.run(), "s/fuse+runsc-20240722"),
      R"(fuse on runsc-20240722: reached 1 of 2 rungs (sandbox-up); `listed` failed: openat: ENOSYS
  signature   fuse-access-enosys
  cause       the sandbox asked the server FUSE_ACCESS, which it does not handle
  evidence    journal line 3: ACCESS -> ENOSYS
              openat(...) = ENOSYS
  neighbours  `listed` passes on runsc-20221219, natively, and here with full
  versions    passes up to 20221219, fails since 20240722
  traces      none; `testbed why --trace` runs the cell again for them
  remedy      give the server an access handler
  verdict     unexpected; expected: every rung passes
  command     probe readdir /x
)");
}

TEST(Why, ShowsWhatTheSecondPassFound) {
  SampleMatrix matrix;
  matrix.add("fuse", "runsc-20221219", Observed::Pass)
      .add("fuse", "runsc-20240722", Observed::Fail);
  SecondPass& pass = matrix.run().second_passes["s/fuse+runsc-20240722"];
  pass.check = "listed";
  pass.attempt.checks = {SampleMatrix::check("listed", Observed::Fail, true)};
  pass.failed = {"ls: openat(/cg) = ENOSYS"};
  pass.difference = CallDifference{.neighbour = "s/fuse+runsc-20221219",
                                   .process = "ls",
                                   .here = "openat(/cg) = ENOSYS",
                                   .there = "openat(/cg) = 3",
                                   .alike = 41,
                                   .without_consequence = {}};
  const std::string text = explain(matrix.run(), "s/fuse+runsc-20240722");
  EXPECT_NE(text.find("  again       `listed` in the second pass: fail, openat: ENOSYS\n"
                      "  difference  `ls`, after 41 calls alike: openat(/cg) = ENOSYS; in "
                      "s/fuse+runsc-20221219: openat(/cg) = 3\n"
                      "  failed      ls: openat(/cg) = ENOSYS\n"),
            std::string::npos)
      << text;
  pass.attempt.checks[0].observed = Observed::Pass;
  EXPECT_NE(explain(matrix.run(), "s/fuse+runsc-20240722").find("what was seen comes and goes"),
            std::string::npos);
  EXPECT_TRUE(explanation_json(matrix.run(), "s/fuse+runsc-20240722").contains("second_pass"));
}

TEST(Why, SaysThatACellPassedAndWhatItsSideChecksMet) {
  SampleMatrix matrix;
  matrix.add("fuse", "native", Observed::Pass, Observed::Hang);
  const std::string text = explain(matrix.run(), "s/fuse+native");
  EXPECT_TRUE(
      text.starts_with("fuse on native: passed all of its 2 rungs\n"
                       "  verdict     ok; expected: every rung passes\n"
                       "\n"
                       "side check `mkdir` hung: openat: ENOSYS\n"
                       "  signature   fuse-access-enosys\n"))
      << text;
  EXPECT_NE(text.find("`mkdir` passes nowhere that differs"), std::string::npos);
}

TEST(Why, AnswersForCellsThatWereNotRun) {
  SampleMatrix matrix;
  const std::string pending = matrix.plan("a", "native");
  const std::string skipped = matrix.plan("b", "native");
  CellResult skip{.cell = skipped, .attempts = {}, .outcome = {}};
  skip.outcome.observed = Observed::Skip;
  skip.outcome.reason = "no such flag";
  matrix.run().results[skipped] = skip;
  EXPECT_EQ(explain(matrix.run(), pending), "a on native: was not run\n");
  EXPECT_EQ(explain(matrix.run(), skipped), "b on native: was skipped: no such flag\n");
  EXPECT_EQ(explain(matrix.run(), "s/x"), "s/x: no such cell in this run\n");
}

TEST(Why, SaysUnknownWhereNoRuleMatched) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Crash);
  Outcome& outcome = matrix.run().results.at("s/a+native").outcome;
  outcome.cause->summary.clear();
  EXPECT_NE(explain(matrix.run(), "s/a+native").find("no rule knows this signature"),
            std::string::npos);
  outcome.cause.reset();
  EXPECT_NE(explain(matrix.run(), "s/a+native").find("cause       unknown"), std::string::npos);
}

TEST(Why, ShowsTheFirstDifferenceToACellThatPassesWhereNoRuleMatched) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20240722", Observed::Fail).add("a", "native", Observed::Pass);
  CheckResult& listed = matrix.run().results.at("s/a+runsc-20240722").attempts[0].checks[1];
  listed.cause->signature = "unknown:openat:ENOSYS";
  EXPECT_NE(explain(matrix.run(), "s/a+runsc-20240722")
                .find("  outcomes    `listed`: fail: openat: ENOSYS; in s/a+native: pass\n"),
            std::string::npos);
}

TEST(Why, GivesTheReasonOfAnInconclusiveCell) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Infra);
  Outcome& outcome = matrix.run().results.at("s/a+native").outcome;
  outcome.verdict = Verdict::Inconclusive;
  outcome.reason = "the disk is full";
  const std::string text = explain(matrix.run(), "s/a+native");
  EXPECT_NE(text.find("`listed` met a fault of the test bed"), std::string::npos) << text;
  EXPECT_NE(text.find("  reason      the disk is full\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("signature"), std::string::npos) << text;
}

TEST(Why, NeverLetsAWorkloadMoveTheCursor) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail);
  matrix.run().results.at("s/a+native").attempts[0].checks[1].detail = "x\x1b[2J\ny";
  EXPECT_NE(explain(matrix.run(), "s/a+native").find("failed: x\\x1b[2J\\ny\n"), std::string::npos);
}

TEST(Why, SaysTheSameToAProgram) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Pass)
      .add("a", "runsc-20240722", Observed::Fail, Observed::Fail);
  const json::object why = explanation_json(matrix.run(), "s/a+runsc-20240722");
  EXPECT_EQ(why.at("schema").as_string(), "testbed-why-1");
  EXPECT_EQ(why.at("outcome").at("cause").at("signature").as_string(), "fuse-access-enosys");
  EXPECT_EQ(why.at("broken_rung").at("name").as_string(), "listed");
  EXPECT_EQ(why.at("neighbours").at(0).at("cell").as_string(), "s/a+native");
  EXPECT_EQ(why.at("side_checks").at(0).at("name").as_string(), "mkdir");
}

}  // namespace
}  // namespace testbed
