#include "orchestrator/base/subprocess.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

Deadline soon() { return Deadline::after(milliseconds(10'000)); }

TEST(Subprocess, OutputAndExitCodeAreKept) {
  const CommandOutput output =
      run_command({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}}, soon()).value();
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
  EXPECT_EQ(describe(output.status), "exit code 3");
}

TEST(Subprocess, AProgramThatDoesNotExistIsAnError) {
  EXPECT_TRUE(
      fails_with(run_command({.argv = {"no-such-program-anywhere"}}, soon()), "no such program"));
  EXPECT_TRUE(fails_with(run_command({.argv = {"/no/such/program"}}, soon()), "ENOENT"));
}

TEST(Subprocess, ADeadlineEndsTheWholeGroup) {
  const auto start = Deadline::Clock::now();
  const CommandOutput output =
      run_command({.argv = {"sh", "-c", "sleep 60 & sleep 60"}}, Deadline::after(milliseconds(100)))
          .value();
  EXPECT_TRUE(std::holds_alternative<TimedOut>(output.status));
  EXPECT_LT(Deadline::Clock::now() - start, std::chrono::seconds(5));
}

TEST(Subprocess, AStopRequestEndsIt) {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  const CommandOutput output =
      run_command({.argv = {"sleep", "60"}}, soon(), stop.get_token()).value();
  EXPECT_TRUE(std::holds_alternative<Cancelled>(output.status));
}

TEST(Subprocess, AGrandchildThatKeepsThePipeDoesNotBlock) {
  const CommandOutput output =
      run_command({.argv = {"sh", "-c", "setsid sleep 3 & echo done"}}, soon()).value();
  EXPECT_EQ(output.out, "done\n");
  EXPECT_TRUE(succeeded(output.status));
}

TEST(Subprocess, ADeathBySignalIsNamed) {
  EXPECT_EQ(describe(run_command({.argv = {"sh", "-c", "kill -SEGV $$"}}, soon()).value().status),
            "SIGSEGV");
}

TEST(Subprocess, ManyThreadsMayStartAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        auto output = run_command({.argv = {"echo", "x"}}, soon());
        good += output && output->out == "x\n";
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 80);
}

TEST(Quoted, CanBePastedIntoAShell) {
  EXPECT_EQ(quoted({"echo", "it's", "", "a b"}), R"(echo 'it'\''s' '' 'a b')");
}

}  // namespace
}  // namespace testbed
