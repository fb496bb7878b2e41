// The second pass over fake sandboxes: it looks, and changes nothing.
#include "orchestrator/run/second_pass.h"

#include <gtest/gtest.h>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/sandbox/fake_sandbox.h"

namespace testbed {
namespace {

class Collector : public EventSink {
 public:
  Result<> take(const Event& event) override {
    if (const auto* done = std::get_if<SecondPassFinished>(&event))
      passes.emplace(done->cell, done->pass);
    if (std::holds_alternative<CellFinished>(event)) ++finished;
    if (std::holds_alternative<CheckFinished>(event)) ++checks;
    return {};
  }
  SecondPasses passes;
  int finished = 0, checks = 0;
};

Cell cell_of(const std::string& sandbox) {
  Cell cell;
  cell.id = "s/a+" + sandbox;
  cell.coordinates = {{"sandbox", sandbox}, {"approach", "a"}};
  cell.sandbox.kind = SandboxSpec::Kind::Fake;
  cell.sandbox.label = sandbox;
  for (const char* name : {"low", "top"}) {
    CheckSpec check;
    check.name = name;
    check.argv = {name, sandbox};
    cell.checks.push_back(check);
  }
  return cell;
}

class SecondPassTest : public testing::Test {
 protected:
  void run(FakeSandbox::Script script, const std::vector<SecondLook>& looks,
           std::stop_token stop = {}) {
    fake_.emplace(std::move(script));
    EventQueue events({&collector_});
    CellTools tools;
    tools.runner = [this](SandboxSpec::Kind) -> SandboxRunner& { return *fake_; };
    tools.evidence_directory = [this](const std::string& cell,
                                      const std::string& folder) -> Result<fs::path> {
      const fs::path directory = dir_.path() / cell.substr(2) / folder;
      TRY(make_directories(directory / "sandbox/debug"));
      return directory;
    };
    tools.post = [&events](Event event) { events.post(std::move(event)); };
    const RunPlan plan{.cells = {cell_of("old"), cell_of("new")}, .causes = {}};
    run_second_passes(looks, plan, tools, events, stop);
  }
  // What gVisor would write while the check `top` runs.
  void write_trace(const std::string& sandbox, const std::string& result) {
    const fs::path log = dir_.path() / ("a+" + sandbox) / "second-pass-top/sandbox/debug";
    fs::create_directories(log);
    const std::string head = "I1126 16:20:00.000001       1 strace.go:596] [   ";
    EXPECT_TRUE(is_ok(write_file(
        log / "boot.log",
        head + "1:   1] agent X clone(SIGCHLD, 0x0) = 0x7 (80µs)\n" + head +
            "7:   7] ls X openat(AT_FDCWD /, 0x7f12ab34c010 /cg, 0x0, 0o0) = " + result + "\n")));
  }
  static FakeSandbox::Script failing_in(const std::string& sandbox) {
    CommandResult failed;
    failed.end = {CommandEnd::Kind::Exited, 1, ""};
    FakeSandbox::Script script;
    script.answers["top " + sandbox] = failed;
    return script;
  }
  static std::vector<SecondLook> look() {
    return {{.cell = "s/a+new", .check = "top", .from_start = false, .neighbour = "s/a+old"}};
  }

  TempDir dir_ = TempDir::make(fs::temp_directory_path(), "second-pass").value();
  std::optional<FakeSandbox> fake_;
  Collector collector_;
};

TEST_F(SecondPassTest, TracesTheCheckAndNothingElseOfTheCellAndItsNeighbour) {
  run(failing_in("new"), look());
  EXPECT_EQ(fake_->asked(), (std::vector<std::string>{"sandbox new", "low new", "trace", "top new",
                                                      "trace no more", "sandbox old", "low old",
                                                      "trace", "top old", "trace no more"}));
}

TEST_F(SecondPassTest, FindsTheFirstDifferingCall) {
  write_trace("new", "0x0 errno=38 (function not implemented) (9µs)");
  write_trace("old", "0x3 (9µs)");
  run(failing_in("new"), look());
  const SecondPass& pass = collector_.passes.at("s/a+new");
  ASSERT_TRUE(pass.difference.has_value());
  EXPECT_EQ(pass.difference->here, "openat(AT_FDCWD /, /cg, 0x0, 0o0) = ENOSYS");
  EXPECT_EQ(pass.difference->there, "openat(AT_FDCWD /, /cg, 0x0, 0o0) = 3");
  EXPECT_EQ(pass.difference->neighbour, "s/a+old");
  EXPECT_EQ(pass.folder, "cells/a+new/second-pass-top");
  EXPECT_FALSE(holds_now(pass));
}

TEST_F(SecondPassTest, SaysThatWhatWasRedPassesNow) {
  run({}, look());
  const SecondPass& pass = collector_.passes.at("s/a+new");
  EXPECT_TRUE(holds_now(pass));
  EXPECT_FALSE(pass.difference.has_value());
}

TEST_F(SecondPassTest, FinishesNoCellAndNoCheckAgain) {
  run(failing_in("new"), look());
  EXPECT_EQ(collector_.finished, 0);
  EXPECT_EQ(collector_.checks, 0);
}

TEST_F(SecondPassTest, ANeighbourThatFailsNowSaysNothing) {
  FakeSandbox::Script script = failing_in("new");
  script.answers["top old"] = script.answers["top new"];
  write_trace("new", "0x0 errno=38 (function not implemented) (9µs)");
  write_trace("old", "0x3 (9µs)");
  run(std::move(script), look());
  const SecondPass& pass = collector_.passes.at("s/a+new");
  EXPECT_FALSE(pass.difference.has_value());
  EXPECT_EQ(pass.notes, std::vector<std::string>{"s/a+old did not pass `top` again"});
}

TEST_F(SecondPassTest, WhatHangsLeavesItsThreadsAndGoroutines) {
  CommandResult hung;
  hung.end = {CommandEnd::Kind::Hung, 0, "nothing moved"};
  hung.goroutines = "pid=7 name=kubelet\ngoroutine 1 [select]:\n";
  hung.threads = {{.pid = 7, .thread = 8, .state = 'S', .call = 202, .name = "kubelet"}};
  FakeSandbox::Script script;
  script.answers["top new"] = hung;
  run(std::move(script), look());
  const fs::path folder = dir_.path() / "a+new/second-pass-top";
  EXPECT_NE(read_part(folder / "top.goroutines", 0, 100).find("goroutine 1"), std::string::npos);
  EXPECT_NE(read_part(folder / "top.threads", 0, 400).find("in system call 202"),
            std::string::npos);
}

TEST_F(SecondPassTest, AfterAStopNothingIsLookedAt) {
  std::stop_source stop;
  stop.request_stop();
  run(failing_in("new"), look(), stop.get_token());
  EXPECT_TRUE(collector_.passes.empty());
  EXPECT_TRUE(fake_->asked().empty());
}

}  // namespace
}  // namespace testbed
