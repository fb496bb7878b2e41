#include <gtest/gtest.h>
#include <unistd.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

const std::string kPrograms = TESTBED_BINARY_DIR "/libexec/testbed/";

CommandOutput compare_with(std::vector<std::string> interposer) {
  interposer.insert(interposer.begin(),
                    {kPrograms + "workloads/supervisor-conformance", "--quick", "--"});
  return run_command({.argv = interposer}, Deadline::after(milliseconds(100'000))).value();
}

TEST(Conformance, UnderTheSupervisorCallsAnswerAsWithAMount) {
  REQUIRE_HOST(std::string(::geteuid() == 0 ? "" : "root, for a bind mount"));
  const CommandOutput output = compare_with({kPrograms + "supervisor"});
  EXPECT_EQ(describe(output.status), "exit code 0") << output.out << output.err;
}

// The same comparison of an interposer that falls short: it must say so.
TEST(Conformance, APreloadedLibraryThatCannotReachAStaticProgramFailsIt) {
  REQUIRE_HOST(std::string(::geteuid() == 0 ? "" : "root, for a bind mount"));
  const CommandOutput output = compare_with({kPrograms + "preload"});
  EXPECT_EQ(describe(output.status), "exit code 1") << output.err;
  EXPECT_NE(output.out.find("**unexplained**"), std::string::npos) << output.out;
}

}  // namespace
}  // namespace testbed
