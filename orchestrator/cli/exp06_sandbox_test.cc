// Experiment 06 from end to end, with real sandboxes: what the legacy tracer hangs on is diagnosed,
// and the supervisor does not hang on it.
#include <gtest/gtest.h>

#include <regex>

#include "orchestrator/base/host.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built

class Exp06 : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_overlay_mounts());
    REQUIRE_HOST(host::lacks_program("runc", "runc"));
  }
  CommandOutput call(std::vector<std::string> args) const {
    args.insert(args.begin(), TESTBED_BINARY_DIR "/bin/testbed");
    return run_command({.argv = args,
                        .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR},
                                {"TESTBED_RESULTS", results().string()},
                                {"TESTBED_RUN_DIR", (dir_.path() / "run").string()}}},
                       Deadline::after(kBuildAndRun))
        .value();
  }
  testbed::Run latest() const {
    return read_run(results() / list_directory(results()).back()).value();
  }
  fs::path results() const { return dir_.path() / "results"; }
  TempDir dir_ = TempDir::make("/run", "testbed-exp06").value();
};

// "rung verdict signature"
std::string in_short(const testbed::Run& run, const std::string& cell) {
  const CellResult* result = run.find("exp06/" + cell);
  if (result == nullptr) return "no such cell";
  const Outcome& outcome = result->outcome;
  return outcome.rung + " " + std::string(name_of(outcome.verdict)) +
         (outcome.cause ? " " + outcome.cause->signature : "");
}

TEST_F(Exp06, TheLegacyTracerIsDiagnosedAndTheSupervisorRunsTheSamePrograms) {
  const CommandOutput output =
      call({"run", "exp06", "--only", "sandbox=native,runsc-20221219,runsc-20260701", "--only",
            "approach=supervisor-legacy,supervisor", "--only", "workload=8-threads,static-binary"});
  ASSERT_TRUE(succeeded(output.status)) << output.out << output.err;
  const testbed::Run run = latest();
  ASSERT_EQ(run.results.size(), 12u);
  for (const char* sandbox : {"native", "runsc-20221219", "runsc-20260701"}) {
    const std::string with = std::string("+") + sandbox + "+";
    for (const char* workload : {"8-threads", "static-binary"})
      EXPECT_EQ(in_short(run, "supervisor" + with + workload), "exit-status ok");
    EXPECT_EQ(in_short(run, "supervisor-legacy" + with + "8-threads"),
              "sandbox-up xfail tracer-waits-for-one");
    EXPECT_EQ(in_short(run, "supervisor-legacy" + with + "static-binary"),
              "redirected xfail tracer-waits-for-one");
    const std::string why = call({"why", "supervisor-legacy" + with + "8-threads"}).out;
    EXPECT_TRUE(std::regex_search(
        why, std::regex("thread \\d+ \\(8-threads\\) has stood in a .*stop under ptrace for "
                        "\\d+\\.\\d s.*, while its tracer \\d+ \\(supervisor-lega\\) waits in "
                        "wait4 for process \\d+ alone")))
        << why;
  }
}

TEST_F(Exp06, ACellWhoseSupervisorIsKilledCrashesAndNothingOfItGoesOn) {
  const fs::path file = dir_.path() / "killed.yaml";
  ASSERT_TRUE(is_ok(write_file(file, R"(scenario: killed
question: q
image: debian-base
axes: {sandbox: [native, runsc-20221219, runsc-20260701], approach: [supervisor]}
ladder:
  - {rung: up, run: [sh, -c, "echo up"], stdout: "up\n"}
  - {rung: killed, run: [sh, -c, "sleep 60 & kill -9 $PPID; sleep 60"]}
limits: {cell: 30s, step: 10s}
)")));
  call({"run", file.string()});
  const testbed::Run run = latest();
  ASSERT_EQ(run.results.size(), 3u);
  for (const auto& [id, result] : run.results) {
    EXPECT_EQ(result.outcome.observed, Observed::Crash) << id << " " << result.outcome.reason;
    ASSERT_TRUE(result.outcome.cause) << id;
    EXPECT_EQ(result.outcome.cause->signature, "supervisor-killed") << id;
    EXPECT_TRUE(result.attempts.at(0).leftovers.empty()) << id;
  }
}

}  // namespace
}  // namespace testbed
