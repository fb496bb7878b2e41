// Evidence -> observed and cause.
#include <gtest/gtest.h>

#include "orchestrator/judge/causes.h"
#include "orchestrator/judge/checks.h"
#include "orchestrator/judge/ladder.h"

namespace testbed {
namespace {

CheckSpec probe_read() {
  CheckSpec check;
  check.name = "read";
  check.argv = {"probe", "read", "/cg/cpu.shares"};
  check.holds.value = "1024\n";
  return check;
}

CheckEvidence answered(const std::string& out, CommandEnd end = {}) {
  CheckEvidence seen;
  seen.name = "read";
  seen.argv = {"probe", "read", "/cg/cpu.shares"};
  seen.end = std::move(end);
  seen.out = out;
  seen.probe = read_probe(out);
  return seen;
}

constexpr const char* kGood =
    R"({"op":"read","result":5,"errno":null,"call":"read","value":{"text":"1024\n","close":null}})";
constexpr const char* kRefused = R"({"op":"read","result":-1,"errno":"ENOSYS","call":"openat"})";

TEST(Assess, AProbeThatReadsTheValuePasses) {
  EXPECT_EQ(assess(probe_read(), answered(kGood)).observed, Observed::Pass);
}

TEST(Assess, AProbeThatIsRefusedFailsWithCallAndErrno) {
  const CheckResult result = assess(probe_read(), answered(kRefused));
  EXPECT_EQ(result.observed, Observed::Fail);
  EXPECT_EQ(result.detail, "openat: ENOSYS");
}

TEST(Assess, AnotherValueFailsAndShowsBoth) {
  const CheckResult result =
      assess(probe_read(), answered(R"({"op":"read","errno":null,"value":"7"})"));
  EXPECT_EQ(result.detail, R"(value is "7", expected "1024\n")");
}

TEST(Assess, CloseIsJudgedWhereTheCheckAsks) {
  CheckSpec check = probe_read();
  check.holds.close_errno = "OK";
  const std::string out =
      R"({"op":"read","errno":null,"value":{"text":"1024\n","close":"ENOSYS"}})";
  EXPECT_EQ(assess(check, answered(out)).detail, "close: ENOSYS");
  EXPECT_EQ(assess(probe_read(), answered(out)).observed, Observed::Pass);
}

TEST(Assess, AnUnreadableAnswerIsAnErrorOfTheCheckNotAFailure) {
  EXPECT_EQ(assess(probe_read(), answered("segmentation fault")).observed, Observed::Error);
}

TEST(Assess, EveryWayToEndHasItsObserved) {
  using Kind = CommandEnd::Kind;
  const auto observed = [](Kind kind) {
    return assess(probe_read(), answered("", {kind, 9, "x"})).observed;
  };
  EXPECT_EQ(observed(Kind::Signalled), Observed::Crash);
  EXPECT_EQ(observed(Kind::NotStarted), Observed::Error);
  EXPECT_EQ(observed(Kind::TimedOut), Observed::Timeout);
  EXPECT_EQ(observed(Kind::Hung), Observed::Hang);
  EXPECT_EQ(observed(Kind::SandboxGone), Observed::Crash);
  EXPECT_EQ(observed(Kind::Cancelled), Observed::Pending);
}

TEST(Assess, AnExpressionThatCannotBeUsedIsAnErrorOfTheCheck) {
  CheckSpec check = probe_read();
  check.argv = {"cat"};
  check.holds.value.reset();
  CheckEvidence seen;
  seen.out = "text";
  for (const char* pattern : {"(", R"((a)\1)"}) {
    check.holds.out_matches = pattern;
    EXPECT_EQ(assess(check, seen).observed, Observed::Error) << pattern;
  }
  check.holds.out_matches = "^t.x";
  EXPECT_EQ(assess(check, seen).observed, Observed::Pass);
}

TEST(Assess, NoOutputOfAWorkloadOverflowsTheStack) {
  CheckSpec check = probe_read();
  check.argv = {"cat"};
  check.holds.value.reset();
  check.holds.out_matches = "^(a|b)*c$";
  CheckEvidence seen;
  seen.out = std::string(1 << 20, 'a');
  EXPECT_EQ(assess(check, seen).observed, Observed::Fail);
}

TEST(ErrnoOf, IsFoundByTextWhereNoProbeRan) {
  CheckEvidence seen;
  seen.err = "ls: cannot open directory '/x': Function not implemented\n";
  EXPECT_EQ(errno_of(seen), "ENOSYS");
  seen.err = "all is well";
  EXPECT_EQ(errno_of(seen), "");
}

Cell cell_with(std::vector<CheckSpec> checks) {
  Cell cell;
  cell.id = "s/a+runsc-20240722";
  cell.sandbox.version = "20240722";
  cell.checks = std::move(checks);
  return cell;
}

CauseRule access_rule() {
  CauseRule rule;
  rule.signature = "fuse-access-enosys";
  rule.when.errnos = {"ENOSYS"};
  rule.when.journal = {{"ACCESS", "ENOSYS"}};
  return rule;
}

CheckEvidence with_journal(CheckEvidence seen, const std::string& op, const std::string& error) {
  seen.journal = {
      {.component = "cgroupfs", .sequence = 3, .op = op, .errno_name = error, .line = "{}"}};
  return seen;
}

TEST(FindCause, ARuleMatchesByErrnoAndJournal) {
  const CheckEvidence seen = with_journal(answered(kRefused), "ACCESS", "ENOSYS");
  const std::vector<CauseRule> rules = {access_rule()};
  const Cause cause = find_cause(rules, cell_with({}), seen, assess(probe_read(), seen));
  EXPECT_EQ(cause.signature, "fuse-access-enosys");
  EXPECT_EQ(cause.object, "/cg/cpu.shares");
  EXPECT_EQ(cause.evidence.at(0), "cgroupfs journal: ACCESS -> ENOSYS");
}

TEST(FindCause, WithoutItsJournalEntryTheRuleDoesNotMatch) {
  const std::vector<CauseRule> rules = {access_rule()};
  const CheckEvidence seen = with_journal(answered(kRefused), "ACCESS", "");
  EXPECT_EQ(find_cause(rules, cell_with({}), seen, assess(probe_read(), seen)).signature,
            "unknown:openat:ENOSYS");
}

TEST(FindCause, AnUnknownCauseIsNamedByCallOrCommandAndHowItEnded) {
  const auto signature = [](const CheckSpec& check, const CheckEvidence& seen) {
    return find_cause({}, cell_with({}), seen, assess(check, seen)).signature;
  };
  CheckSpec check = probe_read();
  check.holds.close_errno = "OK";
  const std::string closed =
      R"({"op":"read","errno":null,"call":"read","value":{"text":"1024\n","close":"EIO"}})";
  EXPECT_EQ(signature(check, answered(closed)), "unknown:close:EIO");
  EXPECT_EQ(signature(check, answered(R"({"op":"read","errno":null,"call":"read","value":"7"})")),
            "unknown:read:wrong-value");
  EXPECT_EQ(signature(check, answered("", {CommandEnd::Kind::Hung, 0, ""})), "unknown:probe:hang");
  check.argv = {"ls"};
  check.holds = {};
  CheckEvidence seen;
  seen.argv = {"ls"};
  seen.end.code = 2;
  EXPECT_EQ(signature(check, seen), "unknown:ls:exit-2");
}

TEST(FindCause, TheSameEvidenceHasTheSameSignatureAndQuotesWhateverTheTimes) {
  CheckEvidence first = with_journal(answered(kRefused), "ACCESS", "ENOSYS");
  CheckEvidence second = first;
  second.journal[0].sequence = 99;
  second.journal[0].line = "another time";
  second.journal.push_back(second.journal[0]);
  second.probe->nanoseconds = 12345;
  second.duration = microseconds(7);
  const std::vector<CauseRule> rules = {access_rule()};
  const Cause a = find_cause(rules, cell_with({}), first, assess(probe_read(), first));
  const Cause b = find_cause(rules, cell_with({}), second, assess(probe_read(), second));
  EXPECT_EQ(a.signature, b.signature);
  EXPECT_EQ(a.evidence, b.evidence);
}

TEST(FindCause, TheHigherPriorityWins) {
  CauseRule general;
  general.signature = "a-general";
  CauseRule special = access_rule();
  special.priority = 1;
  const std::vector<CauseRule> rules = {general, special};
  const CheckEvidence seen = with_journal(answered(kRefused), "ACCESS", "ENOSYS");
  EXPECT_EQ(find_cause(rules, cell_with({}), seen, assess(probe_read(), seen)).signature,
            "fuse-access-enosys");
}

CheckSpec second() {
  CheckSpec check = probe_read();
  check.name = "second";
  return check;
}

Evidence broken(const std::string& stage, Observed observed) {
  Evidence evidence;
  evidence.broke = StageBreak{.stage = stage, .observed = observed, .message = "why"};
  return evidence;
}

struct Fault {
  const char* stage;
  Observed injected;
};

TEST(AssessAttempt, AFaultOfAnyStageIsObservedAsItselfAndNeverAsAPass) {
  for (const Fault fault : {Fault{"obtain", Observed::Skip}, Fault{"bundle", Observed::Infra},
                            Fault{"sandbox", Observed::Fail}, Fault{"sandbox", Observed::Crash},
                            Fault{"sandbox", Observed::Hang}, Fault{"sandbox", Observed::Infra},
                            Fault{"component", Observed::Fail}, Fault{"patch", Observed::Error},
                            Fault{"obtain", Observed::Pending}}) {
    const Attempt attempt = assess_attempt(cell_with({probe_read(), second()}),
                                           broken(fault.stage, fault.injected), {});
    EXPECT_EQ(attempt.observed, fault.injected) << fault.stage;
    EXPECT_NE(attempt.reason, "") << fault.stage;
    EXPECT_EQ(attempt.cause.has_value(), is_red(fault.injected)) << fault.stage;
    EXPECT_NE(attempt.checks.back().observed, Observed::Pass) << fault.stage;
  }
}

TEST(AssessAttempt, WhatBreaksAfterTheLastRungIsNoPass) {
  Evidence evidence = broken("close", Observed::Infra);
  evidence.checks = {answered(kGood)};
  const Attempt attempt = assess_attempt(cell_with({probe_read()}), evidence, {});
  EXPECT_EQ(attempt.observed, Observed::Infra);
  EXPECT_EQ(attempt.rung, "read");
  EXPECT_EQ(attempt.reason, "close: why");
}

TEST(AssessAttempt, WhatLeaksIsKeptAndChangesNoRung) {
  Evidence evidence;
  evidence.checks = {answered(kGood)};
  evidence.leftovers = {"mount /x"};
  const Attempt attempt = assess_attempt(cell_with({probe_read()}), evidence, {});
  EXPECT_EQ(attempt.observed, Observed::Pass);
  EXPECT_EQ(attempt.leftovers, evidence.leftovers);
}

TEST(AssessAttempt, AFaultOfAnyCheckIsObservedAsItself) {
  using Kind = CommandEnd::Kind;
  struct CheckFault {
    CheckEvidence seen;
    Observed observed;
  };
  const CheckFault faults[] = {
      {answered(kRefused), Observed::Fail},                        // refuses
      {answered("", {Kind::Signalled, 11, ""}), Observed::Crash},  // crashes
      {answered("", {Kind::SandboxGone, 2, ""}), Observed::Crash},
      {answered("", {Kind::Hung, 0, "x"}), Observed::Hang},  // hangs
      {answered("", {Kind::TimedOut, 0, "x"}), Observed::Timeout},
      {answered(R"({"op":"read","errno":null,"value":"7"})"), Observed::Fail},  // lies
      {answered("not an answer"), Observed::Error},
      {answered("", {Kind::Cancelled, 0, ""}), Observed::Pending},
  };
  for (const CheckFault& fault : faults) {
    Evidence evidence;
    evidence.checks = {fault.seen};
    const Attempt attempt = assess_attempt(cell_with({probe_read(), second()}), evidence, {});
    EXPECT_EQ(attempt.observed, fault.observed) << fault.seen.out;
    EXPECT_EQ(attempt.rung, kSandboxUp);
    EXPECT_EQ(attempt.cause.has_value(), is_red(fault.observed));
    EXPECT_NE(attempt.checks[2].observed, Observed::Pass);
  }
}

TEST(AssessAttempt, AComponentThatDoesNotStartBreaksTheFirstRungAboveTheSandbox) {
  const Attempt attempt =
      assess_attempt(cell_with({probe_read(), second()}), broken("component", Observed::Fail), {});
  EXPECT_EQ(attempt.rung, kSandboxUp);
  EXPECT_EQ(attempt.checks[1].observed, Observed::Fail);
  EXPECT_EQ(attempt.checks[2].observed, Observed::Skip);
}

TEST(AssessAttempt, WhatWasNotCarriedOutIsPendingAndNeverAPass) {
  Evidence evidence;
  evidence.checks = {answered(kGood)};
  const Attempt attempt = assess_attempt(cell_with({probe_read(), second()}), evidence, {});
  EXPECT_EQ(attempt.rung, "read");
  EXPECT_EQ(attempt.observed, Observed::Pending);
}

TEST(AssessAttempt, ARungAboveABrokenOneIsSkippedAndASideCheckIsNot) {
  CheckSpec side = probe_read();
  side.name = "side";
  side.is_rung = false;
  Evidence evidence;
  evidence.checks = {answered(kRefused), answered(kGood)};
  evidence.checks[1].name = "side";
  const Attempt attempt = assess_attempt(cell_with({probe_read(), second(), side}), evidence, {});
  EXPECT_EQ(attempt.checks[2].observed, Observed::Skip);
  EXPECT_EQ(attempt.checks[2].detail, "`read` did not pass");
  EXPECT_EQ(attempt.checks[3].observed, Observed::Pass);
}

}  // namespace
}  // namespace testbed
