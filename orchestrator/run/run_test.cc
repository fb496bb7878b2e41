// The loop over fake sandboxes: what is injected at each stage must be what is observed.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/run/matrix_runner.h"
#include "orchestrator/sandbox/fake_sandbox.h"

namespace testbed {
namespace {

class Collector : public EventSink {
 public:
  Result<> take(const Event& event) override {
    events.push_back(event);
    if (fails) return Error{"disk full"};
    return {};
  }
  std::vector<Event> events;
  bool fails = false;
};

CheckSpec check(const std::string& name, bool is_rung = true) {
  CheckSpec check;
  check.name = name;
  check.is_rung = is_rung;
  check.argv = {name, "${approach}"};
  return check;
}

Cell cell(const std::string& sandbox = "fake") {
  Cell cell;
  cell.id = "s/a+" + sandbox;
  cell.coordinates = {{"sandbox", sandbox}, {"approach", "a"}};
  cell.sandbox.kind = SandboxSpec::Kind::Fake;
  cell.sandbox.label = sandbox;
  cell.checks = {check("low"), check("top"), check("side", false)};
  cell.variables = {{"approach", "a"}};
  return cell;
}

class RunTest : public testing::Test {
 protected:
  std::vector<CellResult> run(FakeSandbox::Script script, std::vector<Cell> cells,
                              std::stop_token stop = {}) {
    fake_.emplace(std::move(script));
    EventQueue events({&collector_});
    CellTools tools;
    tools.runner = [this](SandboxSpec::Kind) -> SandboxRunner& { return *fake_; };
    tools.evidence_directory = [this](const std::string&, const std::string&) -> Result<fs::path> {
      return dir_.path();
    };
    tools.post = [&events](Event event) { events.post(std::move(event)); };
    tools.hold = [this](const HeldCell& held) { held_.push_back(held.cell.id); };
    return run_matrix(
        {.cells = std::move(cells), .causes = {}, .jobs = jobs_, .repeat = repeat_, .seed = seed_},
        tools, events, stop);
  }
  // What the sinks were told, in the order in which cells finished.
  std::vector<CellResult> recorded() const {
    std::vector<CellResult> results;
    for (const Event& event : collector_.events) {
      if (const auto* done = std::get_if<CellFinished>(&event)) results.push_back(done->result);
    }
    return results;
  }
  Outcome outcome(FakeSandbox::Script script) {
    return run(std::move(script), {cell()}).at(0).outcome;
  }

  TempDir dir_ = TempDir::make(fs::temp_directory_path(), "run").value();
  std::optional<FakeSandbox> fake_;
  Collector collector_;
  std::vector<std::string> held_;  // cells
  int repeat_ = 1;
  std::optional<std::uint64_t> seed_;
  unsigned jobs_ = 2;
};

CommandResult ends(CommandEnd::Kind kind, int code = 0) {
  CommandResult result;
  result.end = {kind, code, "x"};
  return result;
}

FakeSandbox::Script answering(const std::string& line, CommandResult result) {
  FakeSandbox::Script script;
  script.answers[line] = std::move(result);
  return script;
}

TEST_F(RunTest, EveryRungAndCheckIsCarriedOutWithItsVariables) {
  EXPECT_EQ(outcome({}).verdict, Verdict::Ok);
  EXPECT_EQ(fake_->asked(), (std::vector<std::string>{"sandbox fake", "low a", "top a", "side a"}));
}

TEST_F(RunTest, OneProgramHasAPrefixOtherArgumentsAndAnotherInItsPlace) {
  Cell one = cell();
  one.approach.components = {
      {.name = "arguments", .settings = {{"of", "top"}, {"add", "--more=${approach}"}}},
      {.name = "instead", .settings = {{"of", "top"}, {"run", "other"}}},
      {.name = "supervisor",
       .settings = {{"only", "top"}, {"rules", "log openat"}, {"journal", "false"}}}};
  run({}, {one});
  EXPECT_EQ(fake_->asked(),
            (std::vector<std::string>{"sandbox fake", "low a",
                                      "${testbed}/supervisor --rule log openat -- other a --more=a",
                                      "side a"}));
}

TEST_F(RunTest, ARungThatFailsEndsTheLadderButNotTheSideChecks) {
  const Outcome result = outcome(answering("low a", ends(CommandEnd::Kind::Exited, 1)));
  EXPECT_EQ(result.observed, Observed::Fail);
  EXPECT_EQ(result.rung, kSandboxUp);
  EXPECT_EQ(fake_->asked(), (std::vector<std::string>{"sandbox fake", "low a", "side a"}));
}

TEST_F(RunTest, EveryInjectedFaultIsObservedAsItself) {
  const auto injected = [this](CommandEnd::Kind kind) {
    return outcome(answering("top a", ends(kind, 9))).observed;
  };
  EXPECT_EQ(injected(CommandEnd::Kind::Signalled), Observed::Crash);
  EXPECT_EQ(injected(CommandEnd::Kind::TimedOut), Observed::Timeout);
  EXPECT_EQ(injected(CommandEnd::Kind::Hung), Observed::Hang);
  EXPECT_EQ(injected(CommandEnd::Kind::SandboxGone), Observed::Crash);
  EXPECT_EQ(injected(CommandEnd::Kind::NotStarted), Observed::Error);
}

TEST_F(RunTest, ASandboxThatRefusesIsAFindingAndOneThatCannotBeExecutedIsInfra) {
  FakeSandbox::Script script;
  script.refuses = StageBreak{.stage = "sandbox", .observed = Observed::Fail, .message = "no"};
  EXPECT_EQ(outcome(script).verdict, Verdict::Unexpected);
  script.refuses->observed = Observed::Infra;
  EXPECT_EQ(outcome(script).verdict, Verdict::Inconclusive);
}

TEST_F(RunTest, ASandboxThatCannotBeDestroyedIsInTheRecord) {
  FakeSandbox::Script script;
  script.leak = "the sandbox stays";
  run(script, {cell()});
  const CellResult result = recorded().at(0);
  EXPECT_EQ(result.outcome.observed, Observed::Pass);
  EXPECT_EQ(result.attempts.at(0).leftovers, std::vector<std::string>{"the sandbox stays"});
}

TEST_F(RunTest, ASandboxIsHeldOnceItsWholeLadderHolds) {
  FakeSandbox::Script script;
  run(script, {cell()});
  EXPECT_EQ(held_, std::vector<std::string>{"s/a+fake"});
}

TEST_F(RunTest, ASandboxWhoseLadderDoesNotHoldIsTakenDownAtOnce) {
  run(answering("top a", ends(CommandEnd::Kind::Exited, 1)), {cell()});
  EXPECT_TRUE(held_.empty());
}

TEST_F(RunTest, TheControlRunsFirst) {
  Cell control = cell("native");
  control.sandbox.kind = SandboxSpec::Kind::Native;
  // A control needs artifacts; what matters is the order in which cells are started.
  control.excluded_because = "only its place counts";
  jobs_ = 1;
  run({}, {cell(), control});
  std::vector<std::string> finished;
  for (const CellResult& result : recorded()) finished.push_back(result.cell);
  EXPECT_EQ(finished, (std::vector<std::string>{"s/a+native", "s/a+fake"}));
}

TEST_F(RunTest, ASeedDecidesTheOrderAndTheResultsKeepThatOfTheMatrix) {
  jobs_ = 1;
  const auto order_with = [this](std::optional<std::uint64_t> seed) {
    seed_ = seed;
    collector_.events.clear();
    std::vector<Cell> cells;
    for (const char* name : {"f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8"})
      cells.push_back(cell(name));
    EXPECT_EQ(run({}, cells).at(0).cell, "s/a+f1");
    std::string order;
    for (const CellResult& result : recorded()) order += result.cell.substr(4);
    return order;
  };
  EXPECT_EQ(order_with({}), "f1f2f3f4f5f6f7f8");
  EXPECT_NE(order_with(1), order_with({}));
  EXPECT_EQ(order_with(1), order_with(1));
  EXPECT_NE(order_with(1), order_with(2));
}

TEST_F(RunTest, AfterAStopEveryCellIsStillInTheResultsAsPending) {
  std::stop_source stop;
  stop.request_stop();
  const auto results = run({}, {cell(), cell("other")}, stop.get_token());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].outcome.observed, Observed::Pending);
  EXPECT_EQ(results[1].outcome.verdict, Verdict::None);
}

TEST_F(RunTest, WhenTheRecorderFailsNoFurtherCellIsStarted) {
  collector_.fails = true;
  std::vector<Cell> many;
  for (int i = 0; i < 20; ++i) many.push_back(cell("fake" + std::to_string(i)));
  run({}, many);
  const std::vector<std::string> asked = fake_->asked();
  EXPECT_LE(std::count_if(asked.begin(), asked.end(),
                          [](const std::string& line) { return line.starts_with("sandbox"); }),
            4);
}

TEST_F(RunTest, ARepeatedCellKeepsEveryAttempt) {
  repeat_ = 3;
  run({}, {cell()});
  EXPECT_EQ(recorded().at(0).attempts.size(), 3u);
}

TEST(Substituted, ReplacesWhatIsKnownAndKeepsTheRest) {
  EXPECT_EQ(substituted("${a}/x/${b}${c", {{"a", "1"}, {"b", "2"}}), "1/x/2${c");
}

TEST_F(RunTest, ARungStartsItsProgramOnceAndTriesItsCommandUntilItHolds) {
  FakeSandbox::Script script;
  script.fails_first = {{"low a", 2}};
  script.background_output = "listening";
  Cell with_daemon = cell();
  with_daemon.checks[0].start = {"daemon", "${approach}"};
  with_daemon.checks[0].within = milliseconds(10'000);
  const CellResult result = run(std::move(script), {with_daemon}).at(0);
  EXPECT_EQ(result.outcome.observed, Observed::Pass);
  const std::vector<std::string> asked = fake_->asked();
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "background daemon a"), 1);
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "low a"), 3);
  EXPECT_NE(read_part(dir_.path() / "low.log", 0, 100).find("listening"), std::string::npos);
}

TEST_F(RunTest, ARungWhoseProgramEndedFailsAtOnceAndSaysWhatItSaid) {
  FakeSandbox::Script script;
  script.fails_first = {{"low a", 1000}};
  script.background_output = "no such option";
  script.background_end = CommandEnd{.kind = CommandEnd::Kind::Exited, .code = 64, .message = {}};
  Cell with_daemon = cell();
  with_daemon.checks[0].start = {"daemon"};
  with_daemon.checks[0].within = milliseconds(60'000);
  const CellResult result = run(std::move(script), {with_daemon}).at(0);
  EXPECT_EQ(result.outcome.observed, Observed::Fail);
  const std::string& said = result.outcome.reason;
  EXPECT_NE(said.find("[low] ended with exit code 64: no such option"), std::string::npos) << said;
}

}  // namespace
}  // namespace testbed
