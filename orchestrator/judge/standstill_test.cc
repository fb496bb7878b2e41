#include "orchestrator/judge/standstill.h"

#include <gtest/gtest.h>

#include "orchestrator/judge/causes.h"
#include "orchestrator/judge/checks.h"

namespace testbed {
namespace {

ThreadState tracer(std::int64_t call, std::int64_t argument) {
  return {.pid = 6,
          .thread = 6,
          .state = 'S',
          .still = milliseconds(3000),
          .used = milliseconds(20),
          .tracer = 0,
          .call = call,
          .argument = argument,
          .stop = {},
          .name = "tracer"};
}

ThreadState tracee(int thread, int by = 6) {
  return {.pid = 7,
          .thread = thread,
          .state = 't',
          .still = milliseconds(2500),
          .used = milliseconds(0),
          .tracer = by,
          .call = -1,
          .argument = -1,
          .stop = "signal-delivery",
          .name = "worker"};
}

std::vector<Standstill> found(std::vector<ThreadState> threads) {
  return find_standstills(threads);
}

TEST(FindStandstills, ATracerThatWaitsForAnotherProcessLeavesItsTraceeStanding) {
  const auto standstills = found({tracer(61, 7), tracee(8)});
  ASSERT_EQ(standstills.size(), 1u);
  EXPECT_EQ(standstills[0].kind, "tracer-waits-for-one");
  EXPECT_EQ(standstills[0].line,
            "thread 8 (worker) has stood in a signal-delivery stop under ptrace for 2.5 s and used "
            "no processor time, while its tracer 6 (tracer) waits in wait4 for process 7 alone");
}

TEST(FindStandstills, ATracerThatWaitsForAnyOrForThisOneIsNotToBlameForWaiting) {
  // wait4(-1): the register holds the pid_t with or without its sign extended.
  EXPECT_EQ(found({tracer(61, -1), tracee(8)})[0].kind, "tracer-idle");
  EXPECT_EQ(found({tracer(61, 0xffffffff), tracee(8)})[0].kind, "tracer-idle");
  EXPECT_EQ(found({tracer(61, 8), tracee(8)})[0].kind, "tracer-idle");
  EXPECT_EQ(found({tracer(202, 7), tracee(8)})[0].kind, "tracer-idle");
}

TEST(FindStandstills, WhatTheTracerDoesIsNamedAndUnknownCallsHaveTheirNumber) {
  EXPECT_TRUE(found({tracer(202, 7), tracee(8)})[0].line.ends_with("stands in futex"));
  EXPECT_TRUE(found({tracer(999, 7), tracee(8)})[0].line.ends_with("stands in system call 999"));
  EXPECT_TRUE(found({tracer(-1, -1), tracee(8)})[0].line.ends_with("is in state S"));
  EXPECT_EQ(found({tracee(8, 99)})[0].kind, "tracer-elsewhere");
}

TEST(FindStandstills, ThreadsThatSleepOrRunByThemselvesAreNone) {
  EXPECT_TRUE(found({}).empty());
  EXPECT_TRUE(found({tracer(61, 7), tracer(202, 1)}).empty());
}

TEST(FindCause, AHungCommandIsExplainedByTheThreadThatStands) {
  CauseRule rule{.signature = "tracer-waits-for-one",
                 .layer = "workload",
                 .operation = "waitpid",
                 .summary = "s",
                 .remedy = "r",
                 .when = {},
                 .priority = 0,
                 .file = {}};
  rule.when.standstills = {"tracer-waits-for-one"};
  rule.when.observed = {Observed::Hang};
  CheckSpec check;
  check.name = "started";
  check.argv = {"sh"};
  CheckEvidence seen;
  seen.name = "started";
  seen.argv = {"tracer", "sh"};
  seen.prefix_words = 1;
  seen.end = {.kind = CommandEnd::Kind::Hung, .code = 0, .message = "nothing moved"};
  seen.threads = {tracer(61, 7), tracee(8)};
  const CheckResult result = assess(check, seen);
  EXPECT_NE(result.detail.find("waits in wait4 for process 7 alone"), std::string::npos);
  const std::vector<CauseRule> rules = {rule};
  const Cause cause = find_cause(rules, {}, seen, result);
  EXPECT_EQ(cause.signature, "tracer-waits-for-one");
  EXPECT_NE(cause.evidence.at(0).find("thread 8 (worker)"), std::string::npos);
  seen.threads = {tracer(61, -1), tracee(8)};
  EXPECT_EQ(find_cause(rules, {}, seen, assess(check, seen)).signature, "unknown:sh:hang");
}

}  // namespace
}  // namespace testbed
