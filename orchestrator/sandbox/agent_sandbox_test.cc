// The agent's sandbox without a container: everything but the runtime is real, and no privileges
// are needed.
#include <gtest/gtest.h>

#include <thread>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/sandbox/runtimes.h"

namespace testbed {
namespace {

constexpr const char* kAgent = TESTBED_BINARY_DIR "/emulator/agent/agent";
constexpr const char* kProbe = TESTBED_BINARY_DIR "/emulator/probe/probe";

class AgentSandboxTest : public testing::Test {
 protected:
  AgentSandboxTest() : dir_(TempDir::make(fs::temp_directory_path(), "sandbox").value()) {
    SandboxStart start;
    start.agent = kAgent;
    start.logs = dir_.path();
    outcome_ = here_.start(start, soon(), {});
  }

  static Deadline soon() { return Deadline::after(milliseconds(10'000)); }
  RunningSandbox& sandbox() { return *outcome_.sandbox; }
  CommandResult run(std::vector<std::string> argv, milliseconds limit) {
    return sandbox().run({.argv = std::move(argv)}, Deadline::after(limit), {});
  }

  TempDir dir_;
  Here here_;
  SandboxOutcome outcome_;
};

TEST_F(AgentSandboxTest, ACommandsOutputAndEndAreKept) {
  ASSERT_NE(outcome_.sandbox, nullptr) << outcome_.broke.message;
  const CommandResult result =
      run({"sh", "-c", "echo out; echo err >&2; exit 7"}, milliseconds(5000));
  EXPECT_EQ(result.end.kind, CommandEnd::Kind::Exited);
  EXPECT_EQ(result.end.code, 7);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST_F(AgentSandboxTest, ACommandThatDoesNotExistIsNotStarted) {
  const CommandResult result = run({"no-such-command"}, milliseconds(5000));
  EXPECT_EQ(result.end.kind, CommandEnd::Kind::NotStarted);
  EXPECT_NE(result.end.message.find("ENOENT"), std::string::npos);
}

TEST_F(AgentSandboxTest, WhatSleepsPastItsLimitHangs) {
  EXPECT_EQ(run({"sleep", "60"}, milliseconds(2500)).end.kind, CommandEnd::Kind::Hung);
}

TEST_F(AgentSandboxTest, WhatWorksPastItsLimitTimesOut) {
  EXPECT_EQ(run({kProbe, "spin", "60000"}, milliseconds(2500)).end.kind,
            CommandEnd::Kind::TimedOut);
}

TEST_F(AgentSandboxTest, AStopRequestCancels) {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(200));
    stop.request_stop();
  });
  const CommandResult result = sandbox().run({.argv = {"sleep", "60"}}, soon(), stop.get_token());
  EXPECT_EQ(result.end.kind, CommandEnd::Kind::Cancelled);
}

TEST_F(AgentSandboxTest, AProgramIsStartedOnceItSaysThatItIsReady) {
  EXPECT_TRUE(
      is_ok(sandbox().start_program({"sh", "-c", "echo ready; exec sleep 60"}, soon(), {})));
  EXPECT_TRUE(fails_with(sandbox().start_program({"sh", "-c", "echo no >&2; exit 69"}, soon(), {}),
                         "exit code 69: no"));
}

TEST_F(AgentSandboxTest, AProgramInTheBackgroundIsLookedAtWhileOthersRun) {
  const std::uint64_t number = sandbox().start_background(
      {.argv = {"sh", "-c", "echo out; echo err >&2; read line; exit 3"}, .environment = {}});
  run({"sleep", "0.3"}, milliseconds(5000));
  const BackgroundLook first = sandbox().look_at(number);
  EXPECT_EQ(first.output, "out\nerr\n");
  ASSERT_TRUE(first.end.has_value());  // its standard input is empty
  EXPECT_EQ(first.end->code, 3);
  EXPECT_EQ(sandbox().look_at(number).output, "");
}

TEST_F(AgentSandboxTest, AnswersAPingUntilItIsDestroyed) {
  EXPECT_TRUE(sandbox().ping(soon()));
  EXPECT_TRUE(is_ok(sandbox().destroy(soon())));
  EXPECT_FALSE(sandbox().ping(Deadline::after(milliseconds(200))));
}

TEST(StartAgentSandbox, ARuntimeThatRefusesIsAFindingWithItsWords) {
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "sandbox").value();
  const SandboxOutcome outcome = start_agent_sandbox(
      {.start = {"sh", "-c", "echo cannot run with network enabled >&2; exit 1"},
       .force = {},
       .errors = dir.path() / "e"},
      Deadline::after(milliseconds(5000)), {});
  EXPECT_EQ(outcome.broke.observed, Observed::Fail);
  EXPECT_NE(outcome.broke.message.find("cannot run with network enabled"), std::string::npos);
}

TEST(StartAgentSandbox, ARuntimeThatDoesNotAnswerHangsAndOneThatIsNotThereIsInfra) {
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "sandbox").value();
  EXPECT_EQ(start_agent_sandbox({.start = {"sleep", "60"}, .force = {}, .errors = dir.path() / "e"},
                                Deadline::after(milliseconds(300)), {})
                .broke.observed,
            Observed::Hang);
  EXPECT_EQ(
      start_agent_sandbox({.start = {"/no/such/runsc"}, .force = {}, .errors = dir.path() / "e"},
                          Deadline::after(milliseconds(300)), {})
          .broke.observed,
      Observed::Infra);
}

}  // namespace
}  // namespace testbed
