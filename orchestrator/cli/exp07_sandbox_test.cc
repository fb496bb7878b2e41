// The main job on real gVisor, and what becomes of it when somebody dies in the middle.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "orchestrator/base/host.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/model/run_json.h"
#include "orchestrator/record/run_reader.h"
#include "orchestrator/run/area.h"

namespace testbed {
namespace {

constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_overlay_mounts());
    REQUIRE_HOST(host::lacks_program("runc", "runc"));
    REQUIRE_HOST(host::lacks_fuse());
    ::setenv("TESTBED_RUN_DIR", run_dir().c_str(), 1);
  }
  void TearDown() override {
    clean_up_after_dead_runs();
    EXPECT_TRUE(find_leftovers(run_dir()).empty());
    ::unsetenv("TESTBED_RUN_DIR");
  }

  fs::path results() const { return dir_.path() / "results"; }
  fs::path run_dir() const { return dir_.path() / "run"; }
  ProcessSpec testbed(std::vector<std::string> args) const {
    args.insert(args.begin(), TESTBED_BINARY_DIR "/bin/testbed");
    return {.argv = args,
            .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR}, {"TESTBED_RESULTS", results().string()}}};
  }
  CommandOutput call(const std::vector<std::string>& args) const {
    return run_command(testbed(args), Deadline::after(kBuildAndRun)).value();
  }
  testbed::Run latest() const {
    return read_run(results() / list_directory(results()).back()).value();
  }
  std::string scenario(const std::string& text) const {
    const fs::path file = dir_.path() / "scenario.yaml";
    EXPECT_TRUE(is_ok(write_file(file, text)));
    return file.string();
  }

  TempDir dir_ = TempDir::make("/run", "testbed-sandbox-test").value();
};

std::string signature_of(const testbed::Run& run, const std::string& cell) {
  const CellResult* result = run.find("exp07/" + cell);
  if (result == nullptr) return "no such cell";
  const Outcome& outcome = result->outcome;
  return outcome.rung + " " + std::string(name_of(outcome.verdict)) +
         (outcome.cause ? " " + outcome.cause->signature : "");
}

TEST_F(SandboxTest, ExperimentSevenShowsThatTheServerLackedAHandlerAndNotThatGvisorBlocksFuse) {
  const CommandOutput output = call({"run", "exp07"});
  ASSERT_TRUE(succeeded(output.status)) << output.out << output.err;
  const testbed::Run run = latest();
  EXPECT_TRUE(run.complete);
  EXPECT_EQ(run.results.size(), 12u);
  for (const char* version : {"native", "runsc-20221219"}) {
    EXPECT_EQ(signature_of(run, std::string("fuse-cgroup-bare+") + version), "closed ok");
  }
  for (const char* version : {"runsc-20240722", "runsc-20260701"}) {
    EXPECT_EQ(signature_of(run, std::string("fuse-cgroup-bare+") + version),
              "mounted xfail fuse-access-enosys");
    EXPECT_EQ(signature_of(run, std::string("fuse-cgroup+") + version), "start-time-kept ok");
  }
  EXPECT_EQ(signature_of(run, "fuse-cgroup-default-permissions+runsc-20240722"), "closed ok");
  EXPECT_EQ(signature_of(run, "fuse-cgroup-default-permissions+runsc-20260701"),
            "read xfail fuse-flush-enosys");
  for (const auto& [id, result] : run.results) {
    EXPECT_TRUE(result.attempts.at(0).leftovers.empty()) << id;
  }
  const std::string why = call({"why", "fuse-cgroup-bare+runsc-20240722"}).out;
  EXPECT_NE(why.find("FUSE_ACCESS"), std::string::npos) << why;
  EXPECT_NE(why.find("Give the server an `access` handler"), std::string::npos) << why;
}

TEST_F(SandboxTest, WhyFindsTheFirstSystemCallThatComesToSomethingElseInAnOlderVersion) {
  call({"run", "exp07", "--only", "approach=fuse-cgroup-bare", "--only",
        "sandbox=runsc-20221219,runsc-20240722"});
  EXPECT_TRUE(latest().second_passes.empty()) << "what was expected is not run again";
  const CommandOutput why = call({"why", "fuse-cgroup-bare+runsc-20240722", "--trace"});
  ASSERT_TRUE(succeeded(why.status)) << why.err;
  const testbed::Run traced = latest();
  const SecondPass& pass = traced.second_passes.at("exp07/fuse-cgroup-bare+runsc-20240722");
  ASSERT_TRUE(pass.difference.has_value()) << why.out;
  EXPECT_EQ(pass.difference->neighbour, "exp07/fuse-cgroup-bare+runsc-20221219");
  EXPECT_NE(pass.difference->here.find("= ENOSYS"), std::string::npos) << why.out;
  EXPECT_EQ(pass.difference->there.find("= ENOSYS"), std::string::npos) << why.out;
  EXPECT_NE(why.out.find(pass.difference->here), std::string::npos) << why.out;
  EXPECT_EQ(traced.find("exp07/fuse-cgroup-bare+runsc-20240722")->outcome.verdict, Verdict::Xfail);
}

TEST_F(SandboxTest, AHangingGoProgramLeavesItsGoroutinesInTheSecondPass) {
  const CommandOutput output = call({"run", scenario(R"(scenario: go-hangs
question: Does a Go program that waits for ever say where?
image: container-tools
axes: {sandbox: [runsc-20240722], approach: [none]}
ladder:
  - {rung: waits, run: [containerd, --config, /dev/null, --root, /tmp/a, --state, /tmp/b, --address, /tmp/c]}
limits: {cell: 60s, step: 6s}
)")});
  const testbed::Run run = latest();
  const SecondPass& pass = run.second_passes.at("go-hangs/none+runsc-20240722");
  EXPECT_FALSE(holds_now(pass));
  const fs::path folder = fs::path(run.directory) / pass.folder;
  EXPECT_NE(read_part(folder / "waits.goroutines", 0, 1 << 16).find("goroutine 1 ["),
            std::string::npos)
      << output.out << output.err;
  EXPECT_NE(read_part(folder / "waits.threads", 0, 1 << 16).find("containerd"), std::string::npos);
}

// What does not depend on time and on what else the machine does: verdict, reason, cause, and every
// check's state, detail and cause.
std::string essence(const CellResult& result) {
  std::string text = to_line(to_json(result.outcome));
  for (CheckResult check : result.attempts.at(0).checks) {
    check.duration = {};
    check.use = {};
    text += "\n" + to_line(to_json(check));
  }
  return text;
}

TEST_F(SandboxTest, TheSameCellTwiceGivesTheSameVerdictAndSignature) {
  const std::vector<std::string> args = {"run",    "exp07",
                                         "--only", "approach=fuse-cgroup-bare,fuse-cgroup",
                                         "--only", "sandbox=runsc-20221219,runsc-20240722"};
  call(args);
  const testbed::Run first = latest();
  call(args);
  const testbed::Run second = latest();
  ASSERT_NE(first.id, second.id);
  ASSERT_EQ(first.results.size(), 4u);
  for (const auto& [id, result] : first.results) {
    EXPECT_EQ(essence(result), essence(second.results.at(id))) << id;
  }
}

TEST_F(SandboxTest, AServerThatDiesIsACauseOfItsOwn) {
  call({"run", scenario(R"(scenario: dead-server
question: q
image: debian-base
axes: {sandbox: [runsc-20240722, runsc-20260701], approach: [fuse-cgroup]}
ladder:
  - {rung: killed, run: [sh, -c, "kill -9 2; sleep 0.2"]}
  - {rung: listed, run: [probe, readdir, "${cgroup}"], errno: OK}
limits: {cell: 20s, step: 5s}
)")});
  const testbed::Run run = latest();
  ASSERT_EQ(run.results.size(), 2u);
  for (const auto& [id, result] : run.results) {
    ASSERT_TRUE(result.outcome.cause) << id << " " << result.outcome.reason;
    EXPECT_EQ(result.outcome.cause->signature, "fuse-server-dead") << id;
  }
}

TEST_F(SandboxTest, WhatWaitsForEverIsToldFromWhatWorksTooLong) {
  call({"run", scenario(R"(scenario: limits
question: q
image: debian-base
axes: {sandbox: [native, runsc-20240722], approach: [none]}
ladder:
  - {rung: up, run: [probe, uname], errno: OK}
checks:
  - {check: waits, run: [probe, sleep, "60000"], timeout: 2500ms}
  - {check: works, run: [probe, spin, "60000"], timeout: 2500ms}
limits: {cell: 20s, step: 5s}
)")});
  const testbed::Run run = latest();
  ASSERT_EQ(run.results.size(), 2u);
  for (const auto& [id, result] : run.results) {
    const std::vector<CheckResult>& checks = result.attempts.at(0).checks;
    EXPECT_EQ(checks.at(2).observed, Observed::Hang) << id << checks.at(2).detail;
    EXPECT_EQ(checks.at(3).observed, Observed::Timeout) << id << checks.at(3).detail;
  }
}

TEST_F(SandboxTest, ASandboxThatIsKilledIsACrashAndTheOtherCellsRun) {
  call({"run", scenario(R"(scenario: killed
question: q
image: debian-base
axes: {sandbox: [native, runsc-20240722], approach: [none], kills: ["yes", "no"]}
ladder:
  - {rung: up, run: [probe, uname], errno: OK}
  - {rung: ends, run: [sh, -c, "[ ${kills} = no ] || kill -TERM 1; sleep 1"]}
  - {rung: after, run: [probe, uname], errno: OK}
limits: {cell: 20s, step: 5s}
)")});
  const testbed::Run run = latest();
  ASSERT_EQ(run.results.size(), 4u);
  for (const auto& [id, result] : run.results) {
    const bool kills = id.ends_with("+yes");
    EXPECT_EQ(result.outcome.observed, kills ? Observed::Crash : Observed::Pass)
        << id << result.outcome.reason;
  }
}

TEST_F(SandboxTest, AnArtifactThatIsNotToBeHadIsASkipWithItsReason) {
  ProcessSpec spec = testbed({"run", "exp07", "--offline", "--only", "sandbox=runsc-20240722"});
  spec.env["TESTBED_CACHE"] = (dir_.path() / "empty-cache").string();
  const CommandOutput output = run_command(spec, Deadline::after(milliseconds(60'000))).value();
  EXPECT_EQ(describe(output.status), "exit code 4");
  EXPECT_EQ(latest().results.begin()->second.outcome.observed, Observed::Skip);
}

TEST_F(SandboxTest, AnInterruptTearsDownRecordsAndEndsWith130) {
  auto process = Subprocess::start(testbed({"run", "exp07"}));
  ASSERT_TRUE(is_ok(process));
  std::this_thread::sleep_for(milliseconds(700));
  ::kill(process->pid(), SIGINT);
  EXPECT_EQ(describe(process->wait(Deadline::after(milliseconds(30'000)))), "exit code 130");
  EXPECT_TRUE(find_leftovers(run_dir()).empty());
  EXPECT_EQ(latest().exit_code, 130);
}

std::vector<std::string> groups_of(const std::string& run_id) {
  std::vector<std::string> groups;
  for (const std::string& hierarchy : list_directory("/sys/fs/cgroup")) {
    const fs::path group = "/sys/fs/cgroup/" + hierarchy + RunArea::cgroup_of(run_id);
    if (fs::exists(group)) groups.push_back(group.string());
  }
  return groups;
}

TEST_F(SandboxTest, AfterSigkillAtAnyMomentTheNextStartLeavesNothingBehind) {
  std::mt19937 random(20260722);
  for (int i = 0; i < 8; ++i) {
    auto process = Subprocess::start(testbed({"run", "exp07"}));
    ASSERT_TRUE(is_ok(process));
    std::this_thread::sleep_for(milliseconds(50 + random() % 1800));
    ::kill(process->pid(), SIGKILL);
    process->wait(Deadline::after(milliseconds(10'000)));
    EXPECT_TRUE(succeeded(call({"list", "runs"}).status));
    EXPECT_TRUE(find_leftovers(run_dir()).empty());
    EXPECT_TRUE(list_directory(run_dir()).empty());
  }
  for (const std::string& run : list_directory(results())) {
    EXPECT_EQ(groups_of(run), std::vector<std::string>());
    // One that died before its header was written has no log yet.
    if (read_part(results() / run / "events.ndjson", 0, 1).empty()) continue;
    EXPECT_TRUE(is_ok(read_run(results() / run))) << run;
  }
}

}  // namespace
}  // namespace testbed
