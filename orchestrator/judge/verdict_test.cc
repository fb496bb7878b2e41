// Observed and expected -> verdict, and verdicts -> exit code.
#include "orchestrator/judge/verdict.h"

#include <gtest/gtest.h>

#include "orchestrator/judge/exit_status.h"

namespace testbed {
namespace {

Cell cell(std::vector<Expectation> expectations = {}) {
  Cell cell;
  cell.id = "s/c";
  CheckSpec low, top;
  low.name = "low";
  top.name = "top";
  cell.checks = {low, top};
  cell.expectations = std::move(expectations);
  return cell;
}

Expectation reaches(std::vector<std::string> rungs, std::optional<std::string> signature = {}) {
  return {.where = {},
          .reaches = std::move(rungs),
          .check = {},
          .signature = std::move(signature),
          .because = "b"};
}

Attempt attempt(Observed observed, const std::string& rung, const std::string& signature = "s") {
  Attempt attempt;
  attempt.observed = observed;
  attempt.rung = rung;
  for (const char* name : {"sandbox-up", "low", "top"}) {
    CheckResult check;
    check.name = name;
    check.observed = Observed::Pass;
    if (!rung.empty()) attempt.checks.push_back(check);
    if (rung == name) break;
  }
  if (is_red(observed)) attempt.cause = Cause{signature, {}, {}, {}, {}, {}, {}, {}};
  return attempt;
}

Verdict verdict(const Cell& cell, std::vector<Attempt> attempts, const Outcome* control = nullptr) {
  return judge_cell(cell, std::move(attempts), control).outcome.verdict;
}

const Attempt kPass = attempt(Observed::Pass, "top");
const Attempt kRedAtLow = attempt(Observed::Fail, "low");

TEST(JudgeCell, SkipAndPendingAreNoVerdict) {
  EXPECT_EQ(verdict(cell(), {}), Verdict::None);
  EXPECT_EQ(verdict(cell(), {attempt(Observed::Skip, "")}), Verdict::None);
}

TEST(JudgeCell, TroubleOfTheTestBedIsInconclusive) {
  EXPECT_EQ(verdict(cell(), {attempt(Observed::Infra, "")}), Verdict::Inconclusive);
  EXPECT_EQ(verdict(cell(), {attempt(Observed::Error, "low")}), Verdict::Inconclusive);
}

TEST(JudgeCell, RedWhereTheControlIsRedIsInconclusive) {
  Outcome control;
  control.observed = Observed::Fail;
  control.rung = "low";
  EXPECT_EQ(verdict(cell(), {kRedAtLow}, &control), Verdict::Inconclusive);
  control.rung = "sandbox-up";
  EXPECT_EQ(verdict(cell(), {kRedAtLow}, &control), Verdict::Unexpected);
  // Expected to fail there natively as well: the check is sound, and what it shows is judged.
  control.rung = "low";
  control.verdict = Verdict::Xfail;
  EXPECT_EQ(verdict(cell({reaches({"low"})}), {kRedAtLow}, &control), Verdict::Xfail);
  EXPECT_EQ(verdict(cell(), {kRedAtLow}, &control), Verdict::Unexpected);
}

TEST(JudgeCell, AttemptsThatDisagreeAreFlakyUnlessBothAreListed) {
  EXPECT_EQ(verdict(cell(), {kPass, kRedAtLow}), Verdict::Flaky);
  EXPECT_EQ(verdict(cell({reaches({"low"})}), {kPass, kRedAtLow}), Verdict::Flaky);
  EXPECT_EQ(verdict(cell({reaches({"low", "top"})}), {kPass, kRedAtLow}), Verdict::Xfail);
}

TEST(JudgeCell, PassIsOkOrXpass) {
  EXPECT_EQ(verdict(cell(), {kPass}), Verdict::Ok);
  EXPECT_EQ(verdict(cell({reaches({"low"})}), {kPass}), Verdict::Xpass);
}

TEST(JudgeCell, ASandboxThatDoesNotStartCanBeExpected) {
  const Attempt never_up = attempt(Observed::Hang, "");
  EXPECT_EQ(verdict(cell(), {never_up}), Verdict::Unexpected);
  EXPECT_EQ(verdict(cell({reaches({"top", "none"})}), {never_up}), Verdict::Xfail);
  EXPECT_EQ(verdict(cell({reaches({"top", "none"})}), {kPass}), Verdict::Ok);
}

TEST(JudgeCell, RedIsUnexpectedXfailOrXfailChanged) {
  EXPECT_EQ(verdict(cell(), {kRedAtLow}), Verdict::Unexpected);
  EXPECT_EQ(verdict(cell({reaches({"low"}, "s")}), {kRedAtLow}), Verdict::Xfail);
  EXPECT_EQ(verdict(cell({reaches({"low"}, "other")}), {kRedAtLow}), Verdict::XfailChanged);
  EXPECT_EQ(verdict(cell({reaches({"sandbox-up"}, "s")}), {kRedAtLow}), Verdict::XfailChanged);
}

Attempt with_side_check(Observed observed) {
  Attempt out = kPass;
  CheckResult side;
  side.name = "side";
  side.is_rung = false;
  side.observed = observed;
  if (is_red(observed)) side.cause = Cause{"s", {}, {}, {}, {}, {}, {}, {}};
  out.checks.push_back(side);
  return out;
}

TEST(JudgeCell, ASideCheckCountsOnlyWhenItIsNotAsExpected) {
  Expectation fails = reaches({}, "s");
  fails.check = "side";
  EXPECT_EQ(verdict(cell(), {with_side_check(Observed::Pass)}), Verdict::Ok);
  EXPECT_EQ(verdict(cell(), {with_side_check(Observed::Fail)}), Verdict::Unexpected);
  EXPECT_EQ(verdict(cell({fails}), {with_side_check(Observed::Fail)}), Verdict::Ok);
  EXPECT_EQ(verdict(cell({fails}), {with_side_check(Observed::Pass)}), Verdict::Xpass);
  const CellResult judged = judge_cell(cell({fails}), {with_side_check(Observed::Fail)}, nullptr);
  EXPECT_EQ(judged.attempts[0].checks.back().verdict, Verdict::Xfail);
}

TEST(JudgeCell, ACellThatASideCheckDecidesSaysWhatWasExpectedOfThatCheck) {
  Expectation fails = reaches({}, "s");
  fails.check = "side";
  const auto expected = [](const Cell& cell, Observed observed) {
    return judge_cell(cell, {with_side_check(observed)}, nullptr).outcome.expected;
  };
  EXPECT_EQ(expected(cell(), Observed::Fail), "`side` passes");
  EXPECT_EQ(expected(cell({fails}), Observed::Pass), "`side` fails, s: b");
  EXPECT_EQ(expected(cell(), Observed::Pass), "every rung passes");
}

TEST(JudgeCell, AFlakyCellSaysHowOftenItPassed) {
  const Outcome outcome = judge_cell(cell(), {kPass, kRedAtLow, kPass}, nullptr).outcome;
  EXPECT_TRUE(outcome.reason.starts_with("2 of 3 attempts passed, so 21 to 94 % of all (95 %"))
      << outcome.reason;
}

TEST(JudgeCell, ASideCheckThatComesAndGoesIsFlaky) {
  const auto attempts = {with_side_check(Observed::Pass), with_side_check(Observed::Fail)};
  EXPECT_EQ(verdict(cell(), attempts), Verdict::Flaky);
  const std::string reason = judge_cell(cell(), attempts, nullptr).outcome.reason;
  EXPECT_TRUE(reason.starts_with("1 of 2 attempts passed")) << reason;
}

CellResult with(Verdict verdict, Observed observed = Observed::Pass) {
  CellResult result;
  result.outcome.verdict = verdict;
  result.outcome.observed = observed;
  return result;
}

TEST(StatusOf, HasTheDocumentedCodes) {
  EXPECT_EQ(status_of({}).code, 3);
  EXPECT_EQ(
      status_of({with(Verdict::Ok), with(Verdict::Xfail), with(Verdict::None, Observed::Skip)})
          .code,
      0);
  EXPECT_EQ(status_of({with(Verdict::Xpass), with(Verdict::Inconclusive)}).code, 1);
  EXPECT_EQ(status_of({with(Verdict::Ok), with(Verdict::None, Observed::Pending)}).code, 2);
  EXPECT_EQ(status_of({with(Verdict::None, Observed::Skip)}).code, 4);
}

}  // namespace
}  // namespace testbed
