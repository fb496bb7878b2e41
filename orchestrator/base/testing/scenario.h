#pragma once

#include <gtest/gtest.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {

// For sandbox tests: runs a shipped scenario as its users do, with a record and an area of its own.
// All must be as expected, and the last line of the matrix hold `counts`. `more` selects cells,
// `home` is the project.
inline void expect_as_expected(const std::string& scenario, const std::string& counts,
                               const std::vector<std::string>& more = {},
                               const fs::path& home = TESTBED_SOURCE_DIR) {
  constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built
  const TempDir dir = TempDir::make("/run", "scenario-test").value();
  std::vector<std::string> argv = {TESTBED_BINARY_DIR "/bin/testbed", "run", scenario, "--jobs",
                                   "1"};
  argv.insert(argv.end(), more.begin(), more.end());
  const auto output = run_command({.argv = argv,
                                   .env = {{"TESTBED_HOME", home.string()},
                                           {"TESTBED_RESULTS", (dir.path() / "results").string()},
                                           {"TESTBED_RUN_DIR", (dir.path() / "run").string()}}},
                                  Deadline::after(kBuildAndRun));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 0") << output->out << output->err;
  EXPECT_NE(output->out.find(counts), std::string::npos) << output->out;
}

}  // namespace testbed
