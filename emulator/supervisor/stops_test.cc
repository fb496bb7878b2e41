#include "emulator/supervisor/stops.h"

#include <gtest/gtest.h>

#include <vector>

namespace testbed::supervisor {
namespace {

using Kind = Event::Kind;
using Answers = std::vector<Answer>;

Answers play(Stops& stops, pid_t tid, const std::vector<Event>& events) {
  Answers answers;
  for (const Event& event : events) answers.push_back(stops.on(tid, event));
  return answers;
}

TEST(Stops, ACallThatIsAnsweredTakesOneStop) {
  Stops stops(false);
  EXPECT_EQ(play(stops, 1, {{Kind::Started}, {Kind::Seccomp}, {Kind::Exited}}),
            (Answers{Answer::Resume, Answer::AskHandler, Answer::Forget}));
  EXPECT_EQ(stops.threads(), 0u);
}

TEST(Stops, OnLinuxTheStopAfterSeccompIsTheExit) {
  Stops stops(false);
  stops.on(1, {Kind::Seccomp});
  stops.run_to_exit(1);
  EXPECT_EQ(play(stops, 1, {{Kind::SyscallStop}, {Kind::SyscallStop}}),
            (Answers{Answer::FinishCall, Answer::Resume}));
}

TEST(Stops, OnGvisorTheEntryComesInBetween) {
  Stops stops(true);
  stops.on(1, {Kind::Seccomp});
  stops.run_to_exit(1);
  EXPECT_EQ(play(stops, 1, {{Kind::SyscallStop}, {Kind::SyscallStop}}),
            (Answers{Answer::ResumeToStop, Answer::FinishCall}));
}

TEST(Stops, AnEventInsideACallDoesNotEndTheWaitForItsExit) {
  Stops stops(false);
  stops.on(1, {Kind::Seccomp});
  stops.run_to_exit(1);
  EXPECT_EQ(play(stops, 1, {{Kind::Created}, {Kind::SyscallStop}}),
            (Answers{Answer::ResumeToStop, Answer::FinishCall}));
}

TEST(Stops, AChildMayStopBeforeItsParentTellsOfIt) {
  Stops stops(false);
  EXPECT_EQ(stops.on(2, {Kind::Started}), Answer::Resume);
  EXPECT_EQ(stops.on(1, {Kind::Created}), Answer::Resume);
}

TEST(Stops, AStoppedGroupStaysStoppedUntilItGoesOn) {
  Stops stops(false);
  EXPECT_EQ(play(stops, 1, {{Kind::Signal, SIGTSTP}, {Kind::GroupStop, SIGTSTP}, {Kind::Started}}),
            (Answers{Answer::Deliver, Answer::Listen, Answer::Resume}));
}

TEST(Stops, AnExecForgetsTheCallThatMadeIt) {
  Stops stops(false);
  stops.on(7, {Kind::Seccomp});
  stops.run_to_exit(7);
  stops.on(1, {Kind::Started});
  // Thread 7 executes and goes on as 1, which told nothing of its own end.
  EXPECT_EQ(stops.on(1, {Kind::Executed}), Answer::TakeOver);
  stops.took_number_of_leader(7);
  EXPECT_EQ(stops.threads(), 1u);
  EXPECT_EQ(stops.on(1, {Kind::SyscallStop}), Answer::Resume);
}

TEST(WaitStatus, IsToldApartAsPtraceSays) {
  const auto kind = [](int status) { return decode_wait_status(status).kind; };
  const auto stopped = [](int event, int signal) { return (event << 16) | (signal << 8) | 0x7f; };
  EXPECT_EQ(kind(0x0100), Kind::Exited);
  EXPECT_EQ(kind(SIGKILL), Kind::Killed);
  EXPECT_EQ(kind(stopped(PTRACE_EVENT_SECCOMP, SIGTRAP)), Kind::Seccomp);
  EXPECT_EQ(kind(stopped(0, SIGTRAP | 0x80)), Kind::SyscallStop);
  EXPECT_EQ(kind(stopped(0, SIGTRAP)), Kind::Signal);
  EXPECT_EQ(kind(stopped(0, SIGSTOP)), Kind::Signal);
  EXPECT_EQ(kind(stopped(PTRACE_EVENT_STOP, SIGTRAP)), Kind::Started);
  EXPECT_EQ(kind(stopped(PTRACE_EVENT_STOP, SIGTTIN)), Kind::GroupStop);
  EXPECT_EQ(kind(stopped(PTRACE_EVENT_VFORK, SIGTRAP)), Kind::Created);
  EXPECT_EQ(kind(stopped(PTRACE_EVENT_EXEC, SIGTRAP)), Kind::Executed);
}

}  // namespace
}  // namespace testbed::supervisor
