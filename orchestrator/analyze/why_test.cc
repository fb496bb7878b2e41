#include "orchestrator/analyze/why.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/neighbours.h"

namespace testbed {
namespace {

// A run of cells with the rungs sandbox-up, mounted and listed, and the side check ls.
class Runs {
 public:
  Runs() {
    run.id = "r";
    run.axes = {{"sandbox",
                 {"native", "runsc-20221219", "runsc-20230715", "runsc-20240722", "runsc-20260701"},
                 {}},
                {"approach", {"bare", "default-permissions", "full", "none"}, {}}};
  }

  void add(const std::string& approach, const std::string& sandbox, Observed listed,
           Observed ls = Observed::Pass) {
    const std::string id = "s/" + approach + "+" + sandbox;
    run.planned.push_back({.id = id,
                           .coordinates = {{"approach", approach}, {"sandbox", sandbox}},
                           .rungs = {"sandbox-up", "mounted", "listed"},
                           .checks = {"ls"},
                           .excluded_because = {}});
    Attempt attempt;
    attempt.observed = listed;
    attempt.rung = listed == Observed::Pass ? "listed" : "mounted";
    attempt.checks = {check("sandbox-up", Observed::Pass), check("mounted", Observed::Pass),
                      check("listed", listed), check("ls", ls)};
    attempt.checks[3].is_rung = false;
    Outcome outcome;
    outcome.observed = listed;
    outcome.verdict = is_red(listed) ? Verdict::Xfail : Verdict::Ok;
    outcome.rung = attempt.rung;
    outcome.rungs_reached = is_red(listed) ? 2 : 3;
    outcome.rungs_total = 3;
    outcome.cause = attempt.checks[2].cause;
    outcome.expected = "reaches mounted: because";
    run.results[id] = {.cell = id, .attempts = {attempt}, .outcome = outcome};
  }

  static CheckResult check(const std::string& name, Observed observed) {
    CheckResult check;
    check.name = name;
    check.observed = observed;
    if (!is_red(observed)) return check;
    check.detail = "getdents64: ENOSYS";
    check.cause = Cause{
        "sig-" + name, "fuse server",        "FUSE_ACCESS", "ENOSYS",
        "/cg",         "summary of " + name, "remedy",      {"cgroupfs journal: ACCESS -> ENOSYS"}};
    return check;
  }

  std::vector<std::string> neighbours(const std::string& cell) const {
    std::vector<std::string> found;
    for (const Neighbour& neighbour : passing_neighbours(run, *find_planned(run, cell), "listed"))
      found.push_back(neighbour.cell);
    return found;
  }

  testbed::Run run;
};

using Names = std::vector<std::string>;

TEST(PassingNeighbours, AreTheNearestVersionBeforeAndAfter) {
  Runs runs;
  runs.add("bare", "runsc-20221219", Observed::Pass);
  runs.add("bare", "runsc-20230715", Observed::Pass);
  runs.add("bare", "runsc-20240722", Observed::Fail);
  runs.add("bare", "runsc-20260701", Observed::Pass);
  EXPECT_EQ(runs.neighbours("s/bare+runsc-20240722"),
            (Names{"s/bare+runsc-20230715", "s/bare+runsc-20260701"}));
}

TEST(PassingNeighbours, DifferInOneCoordinateOnly) {
  Runs runs;
  runs.add("bare", "runsc-20240722", Observed::Fail);
  runs.add("full", "runsc-20221219", Observed::Pass);
  runs.add("full", "runsc-20240722", Observed::Pass);
  runs.add("bare", "native", Observed::Pass);
  EXPECT_EQ(runs.neighbours("s/bare+runsc-20240722"),
            (Names{"s/bare+native", "s/full+runsc-20240722"}));
}

TEST(PassingNeighbours, OfAnotherAxisAreTheTwoNearestValues) {
  Runs runs;
  runs.add("none", "native", Observed::Pass);
  runs.add("full", "native", Observed::Pass);
  runs.add("default-permissions", "native", Observed::Pass);
  runs.add("bare", "native", Observed::Fail);
  EXPECT_EQ(runs.neighbours("s/bare+native"),
            (Names{"s/default-permissions+native", "s/full+native"}));
}

TEST(PassingNeighbours, OfAPlatformAreOfThatPlatformOrThatVersion) {
  Runs runs;
  runs.add("bare", "runsc-20240722+ptrace", Observed::Fail);
  runs.add("bare", "runsc-20240722", Observed::Pass);
  runs.add("bare", "runsc-20230715", Observed::Pass);
  runs.add("bare", "runsc-20221219+ptrace", Observed::Pass);
  EXPECT_EQ(runs.neighbours("s/bare+runsc-20240722+ptrace"),
            (Names{"s/bare+runsc-20221219+ptrace", "s/bare+runsc-20240722"}));
}

TEST(PassingNeighbours, AFlakyCellIsNone) {
  Runs runs;
  runs.add("bare", "runsc-20240722", Observed::Fail);
  runs.add("bare", "runsc-20221219", Observed::Pass);
  std::vector<Attempt>& attempts = runs.run.results["s/bare+runsc-20221219"].attempts;
  attempts.push_back(attempts[0]);
  attempts[1].checks[2].observed = Observed::Fail;
  EXPECT_EQ(runs.neighbours("s/bare+runsc-20240722"), Names{});
}

TEST(Explain, ARedCellSaysHowFarWhyAndWhatToDo) {
  Runs runs;
  runs.add("bare", "runsc-20240722", Observed::Fail);
  runs.add("bare", "runsc-20221219", Observed::Pass);
  runs.add("full", "runsc-20240722", Observed::Pass);
  EXPECT_EQ(explain(runs.run, "s/bare+runsc-20240722"),
            "bare on runsc-20240722: reached 2 of 3 rungs (mounted); `listed` failed: "
            "getdents64: ENOSYS\n"
            "  verdict     xfail; expected: reaches mounted: because\n"
            "  signature   sig-listed\n"
            "  cause       summary of listed\n"
            "  evidence    cgroupfs journal: ACCESS -> ENOSYS\n"
            "  neighbours  `listed` passes on runsc-20221219 (earlier), here with approach full\n"
            "  remedy      remedy\n");
}

TEST(Explain, ARedSideCheckOfAGreenCellIsExplainedToo) {
  Runs runs;
  runs.add("full", "runsc-20240722", Observed::Pass, Observed::Fail);
  const std::string text = explain(runs.run, "s/full+runsc-20240722");
  EXPECT_NE(text.find("full on runsc-20240722: reached 3 of 3 rungs (listed)\n"),
            std::string::npos);
  EXPECT_NE(text.find("  check `ls` failed (none): getdents64: ENOSYS\n"
                      "    signature   sig-ls\n"),
            std::string::npos)
      << text;
}

TEST(Explain, AnUnknownCauseShowsTheFirstDifferenceToTheNearestCellThatPasses) {
  Runs runs;
  runs.add("bare", "runsc-20240722", Observed::Fail);
  runs.add("bare", "native", Observed::Pass);
  runs.run.results["s/bare+runsc-20240722"].outcome.cause->signature = "unknown:getdents64:ENOSYS";
  EXPECT_NE(explain(runs.run, "s/bare+runsc-20240722")
                .find("  difference  first against s/bare+native: `listed`: fail, getdents64: "
                      "ENOSYS; there: pass\n"),
            std::string::npos);
}

TEST(Explain, CellsWithoutAResultSaySo) {
  Runs runs;
  runs.add("bare", "native", Observed::Pass);
  runs.run.results.clear();
  EXPECT_EQ(explain(runs.run, "s/bare+native"), "bare on native: pending, it was not run\n");
  runs.run.planned[0].excluded_because = "too slow";
  EXPECT_EQ(explain(runs.run, "s/bare+native"), "bare on native: excluded, too slow\n");
  EXPECT_EQ(explain(runs.run, "s/x"), "run r has no cell s/x\n");
}

TEST(Explain, WhatAWorkloadPrintedIsSpeltOut) {
  Runs runs;
  runs.add("bare", "native", Observed::Fail);
  runs.run.results["s/bare+native"].attempts[0].checks[2].detail = "\x1b[2J\nx";
  EXPECT_EQ(explain(runs.run, "s/bare+native").find('\x1b'), std::string::npos);
}

TEST(ExplanationJson, HoldsCauseAndNeighbours) {
  Runs runs;
  runs.add("bare", "runsc-20240722", Observed::Fail);
  runs.add("bare", "native", Observed::Pass);
  const json::object object = explanation_json(runs.run, "s/bare+runsc-20240722");
  const json::object& rung = object.at("broken_rung").as_object();
  EXPECT_EQ(rung.at("check").at("cause").at("signature").as_string(), "sig-listed");
  EXPECT_EQ(rung.at("neighbours").at(0).at("relation").as_string(), "control");
  EXPECT_TRUE(explanation_json(runs.run, "s/x").contains("error"));
}

}  // namespace
}  // namespace testbed
