#include <gtest/gtest.h>
#include <signal.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

const std::string kLegacy = TESTBED_BINARY_DIR "/libexec/testbed/supervisor-legacy";
constexpr milliseconds kLong(20'000);  // for what ends by itself
constexpr milliseconds kShort(1'500);  // for what does not: a standstill shows at once

std::vector<std::string> legacy(std::vector<std::string> options, const std::string& script) {
  options.insert(options.begin(), kLegacy);
  for (const std::string& word : {std::string("--"), std::string("sh"), std::string("-c"), script})
    options.push_back(word);
  return options;
}

TEST(Legacy, AProgramWithOneThreadRunsAndSeesTheRules) {
  const CommandOutput output =
      run_command(
          {.argv = {kLegacy, "--rule", "statfs / as cgroup", "stat", "-f", "-c", "%T", "/"}},
          Deadline::after(kLong))
          .value();
  EXPECT_EQ(output.out, "cgroupfs\n");
  const CommandOutput redirected =
      run_command({.argv = legacy({"--rule", "redirect /no/such/ -> /etc/"},
                                  "read line < /no/such/passwd; echo \"$line\"; exit 7")},
                  Deadline::after(kLong))
          .value();
  EXPECT_TRUE(redirected.out.starts_with("root:")) << redirected.out << redirected.err;
  EXPECT_EQ(describe(redirected.status), "exit code 7");
}

TEST(Legacy, AProgramWithAChildStandsStillBecauseNobodyWaitsForTheChildsFirstStop) {
  auto process = Subprocess::start({.argv = legacy({}, "cat /dev/null; echo never")});
  ASSERT_TRUE(is_ok(process));
  const ExitStatus status = process->wait(Deadline::after(kShort));
  EXPECT_TRUE(std::holds_alternative<TimedOut>(status)) << describe(status);
}

TEST(Legacy, ResumingOnceTooOftenEndsWithNoSuchProcess) {
  const CommandOutput output =
      run_command({.argv = legacy({"--resume-twice"}, "cat /dev/null; echo never")},
                  Deadline::after(kLong))
          .value();
  EXPECT_EQ(describe(output.status), "exit code 70");
  EXPECT_NE(output.err.find("No such process"), std::string::npos) << output.err;
}

}  // namespace
}  // namespace testbed
