#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/record/provenance.h"
#include "orchestrator/record/recorder.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

testbed::Run run_of(int cells) {
  testbed::Run run;
  run.id = "r1";
  run.scenario = "s";
  run.started = "2026-11-24T02:45:12Z";
  for (int i = 0; i < cells; ++i) {
    run.planned.push_back({.id = "s/" + std::to_string(i),
                           .coordinates = {{"sandbox", "native"}},
                           .rungs = {"sandbox-up"},
                           .checks = {},
                           .excluded_because = {}});
  }
  return run;
}

CellFinished passed(const std::string& cell) {
  CellResult result{.cell = cell, .attempts = {}, .outcome = {}};
  result.outcome.observed = Observed::Pass;
  result.outcome.verdict = Verdict::Ok;
  return {.result = result};
}

class Record : public testing::Test {
 protected:
  fs::path root() const { return directory_.path(); }
  fs::path log() const { return root() / "r1" / kEventLogName; }
  std::unique_ptr<Recorder> recorder() { return Recorder::create(root(), "r1").value(); }

  void write(const std::vector<Event>& events) {
    const auto sink = recorder();
    for (const Event& event : events) ASSERT_TRUE(is_ok(sink->take(event)));
  }
  void append(std::string_view text) {
    const UniqueFd fd = open_file(log(), O_WRONLY | O_APPEND).value();
    ASSERT_TRUE(is_ok(write_all(fd.get(), text)));
  }

 private:
  TempDir directory_ = TempDir::make(testing::TempDir(), "record").value();
};

TEST_F(Record, AFinishedRunReadsBack) {
  const ObtainedArtifact runsc{.name = "runsc",
                               .label = "20240722",
                               .directory = "/d",
                               .digest = "abc",
                               .source = "path",
                               .failures = {}};
  write({RunStarted{run_of(1)}, ArtifactStarted{"runsc-20240722"}, ArtifactReady{runsc},
         CellStarted{"s/0", 1}, StageStarted{"s/0", "sandbox"}, passed("s/0"),
         RunFinished{.complete = true, .exit_code = 0, .reason = "all as expected"}});
  const testbed::Run run = read_run(root() / "r1").value();
  EXPECT_EQ(run.id, "r1");
  EXPECT_TRUE(run.complete);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_FALSE(run.finished.empty());
  EXPECT_EQ(run.artifacts.at("runsc-20240722").digest, "abc");
  ASSERT_NE(run.find("s/0"), nullptr);
  EXPECT_EQ(run.find("s/0")->outcome.verdict, Verdict::Ok);
}

TEST_F(Record, EveryLineSaysWhatItIsAndTheFooterCounts) {
  write({RunStarted{run_of(2)}, passed("s/0"),
         RunFinished{.complete = false, .exit_code = 130, .reason = "interrupted"}});
  const std::string text = read_file(log()).value();
  EXPECT_TRUE(text.starts_with(R"({"event":"run-started","schema":"testbed-events-1","run":"r1")"));
  EXPECT_NE(text.find(R"("counts":{"none":1,"ok":1})"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST_F(Record, WithoutAFooterARunIsNotCompleteAndCellsArePending) {
  write({RunStarted{run_of(2)}, passed("s/0")});
  const testbed::Run run = read_run(root() / "r1").value();
  EXPECT_FALSE(run.complete);
  EXPECT_EQ(run.exit_code, -1);
  EXPECT_EQ(run.planned.size(), 2u);
  EXPECT_EQ(run.find("s/1"), nullptr);
}

TEST_F(Record, AnExcludedCellIsASkipWithItsReason) {
  testbed::Run planned = run_of(1);
  planned.planned[0].excluded_because = "has no such flag";
  write({RunStarted{planned}});
  const testbed::Run run = read_run(root() / "r1").value();
  EXPECT_EQ(run.find("s/0")->outcome.observed, Observed::Skip);
  EXPECT_EQ(run.find("s/0")->outcome.reason, "has no such flag");
}

TEST_F(Record, LaterAttemptsAreAddedAndReplaceNone) {
  CellFinished first = passed("s/0"), second = passed("s/0");
  first.result.attempts.resize(1);
  first.result.attempts[0].observed = Observed::Fail;
  second.result.attempts.resize(1);
  second.result.attempts[0].observed = Observed::Pass;
  second.result.outcome.verdict = Verdict::Flaky;
  write({RunStarted{run_of(1)}, first, second});
  const CellResult result = *read_run(root() / "r1").value().find("s/0");
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_EQ(result.attempts[0].observed, Observed::Fail);
  EXPECT_EQ(result.outcome.verdict, Verdict::Flaky);
}

TEST_F(Record, ATornLastLineIsDropped) {
  write({RunStarted{run_of(2)}, passed("s/0")});
  append(R"({"event":"cell-finished","cell":"s/1","outc)");
  const auto run = read_run(root() / "r1");
  ASSERT_TRUE(is_ok(run));
  EXPECT_EQ(run->results.size(), 1u);
}

TEST_F(Record, ADamagedLineIsLeftOutAndToldWithItsNumberAndTheRunIsNotComplete) {
  write({RunStarted{run_of(2)}, passed("s/0")});
  append("{\"event\":\"cell-fin\nnull\n");
  append(to_line(to_json(Event(passed("s/1")))) + "\n");
  append(R"({"event":"run-finished","complete":true,"exit_code":0})"
         "\n");
  const testbed::Run run = read_run(root() / "r1").value();
  EXPECT_EQ(run.results.size(), 2u);
  EXPECT_FALSE(run.complete);
  ASSERT_EQ(run.missing.size(), 2u);
  EXPECT_NE(run.missing[0].find("events.ndjson:3: "), std::string::npos) << run.missing[0];
}

TEST_F(Record, ALogWithoutAHeaderIsAnError) {
  recorder();
  EXPECT_TRUE(fails_with(read_run(root() / "r1"), "has no header"));
  append("{\"event\":\"cell-started\"}\n");
  EXPECT_TRUE(fails_with(read_run(root() / "r1"), "events.ndjson:1: not the header"));
  EXPECT_TRUE(fails_with(read_run(root() / "r1"), "has no header"));
}

TEST_F(Record, TheEventsOfANewerProgramAreIgnored) {
  write({RunStarted{run_of(1)}});
  append("{\"event\":\"run-resumed\",\"more\":[1]}\n");
  EXPECT_TRUE(is_ok(read_run(root() / "r1")));
}

TEST_F(Record, ADirectoryIsNeverWrittenByTwoRuns) {
  recorder();
  EXPECT_TRUE(fails_with(Recorder::create(root(), "r1"), "EEXIST"));
  EXPECT_TRUE(fails_with(Recorder::create(root(), "../r2"), "cannot name a run"));
  EXPECT_TRUE(fails_with(Recorder::create(root(), ".."), "cannot name a run"));
}

TEST_F(Record, EventsOutOfOrderAreRefused) {
  const auto sink = recorder();
  EXPECT_TRUE(fails_with(sink->take(CellStarted{"s/0", 1}), "before the run started"));
  ASSERT_TRUE(is_ok(sink->take(RunStarted{run_of(1)})));
  EXPECT_TRUE(fails_with(sink->take(RunStarted{run_of(1)}), "starts twice"));
  ASSERT_TRUE(is_ok(sink->take(RunFinished{})));
  EXPECT_TRUE(fails_with(sink->take(CellStarted{"s/0", 1}), "after the run had finished"));
}

TEST_F(Record, GivesAnAttemptItsDirectory) {
  const auto sink = recorder();
  const fs::path made = sink->make_cell_directory("s/0", "1").value();
  EXPECT_EQ(made, root() / "r1" / "cells" / "0" / "1");
  EXPECT_TRUE(fs::is_directory(made));
}

// The lines are written at once: ten thousand fsync(2) would take their time and show nothing.
TEST_F(Record, TenThousandCellsAreReadBack) {
  write({RunStarted{run_of(10'000)}});
  std::string lines;
  for (int i = 0; i < 10'000; ++i)
    lines += to_line(to_json(Event(passed("s/" + std::to_string(i))))) + "\n";
  append(lines);
  const auto run = read_run(root() / "r1");
  ASSERT_TRUE(is_ok(run));
  EXPECT_EQ(run->results.size(), 10'000u);
}

TEST_F(Record, AKilledWriterLeavesAReadableLog) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  constexpr int kPlanned = 10'000;
  if (child == 0) {
    const auto sink = recorder();
    if (!sink->take(RunStarted{run_of(kPlanned)})) ::_exit(1);
    for (int i = 0; i < kPlanned; ++i) {
      if (!sink->take(passed("s/" + std::to_string(i)))) ::_exit(1);
    }
    while (true) ::pause();
  }
  const auto much = [&] {
    const auto run = read_run(root() / "r1");
    return run && run->results.size() >= 20;
  };
  const Deadline deadline = Deadline::after(milliseconds(30'000));
  while (!much() && !deadline.expired()) ::usleep(20'000);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const auto run = read_run(root() / "r1");
  ASSERT_TRUE(is_ok(run));
  EXPECT_FALSE(run->complete);
  EXPECT_GE(run->results.size(), 20u);
}

TEST(ProvenanceOfHost, NamesProgramAndMachine) {
  const Provenance here = provenance_of_host();
  EXPECT_FALSE(here.testbed_version.empty());
  EXPECT_FALSE(here.kernel.empty());
  EXPECT_GT(here.cpus, 0u);
}

}  // namespace
}  // namespace testbed
