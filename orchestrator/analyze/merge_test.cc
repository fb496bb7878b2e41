#include "orchestrator/analyze/merge.h"

#include <gtest/gtest.h>

#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

PlannedCell cell(const std::string& id) {
  return {.id = "s/" + id, .coordinates = {}, .rungs = {}, .checks = {}, .excluded_because = {}};
}

testbed::Run part(const std::string& id, Shard shard, const std::vector<std::string>& cells) {
  testbed::Run run;
  run.id = id;
  run.scenario = "s";
  run.shard = shard;
  run.complete = true;
  run.started = "2026-01-0" + std::to_string(shard.index) + "T00:00:00Z";
  run.provenance.digests = {{"scenario s", "abc"}};
  if (shard.count > 0) run.whole = {cell("a"), cell("b"), cell("c")};
  for (const std::string& name : cells) {
    run.planned.push_back(cell(name));
    CellResult result{.cell = "s/" + name, .attempts = {}, .outcome = {}};
    result.outcome.observed = Observed::Pass;
    run.results.emplace(result.cell, result);
  }
  return run;
}

TEST(MergeRuns, ShardsAreTheWholeInItsOrder) {
  const Merged merged =
      merge_runs({part("r2", {2, 2}, {"b"}), part("r1", {1, 2}, {"a", "c"})}).value();
  EXPECT_TRUE(merged.run.complete);
  EXPECT_TRUE(merged.notes.empty());
  ASSERT_EQ(merged.run.planned.size(), 3u);
  EXPECT_EQ(merged.run.planned[0].id, "s/a");
  EXPECT_EQ(merged.run.planned[1].id, "s/b");
  EXPECT_EQ(merged.sources, (std::vector<std::string>{"r1", "r2", "r1"}));
  EXPECT_EQ(merged.run.results.size(), 3u);
  EXPECT_EQ(merged.run.started, "2026-01-01T00:00:00Z");
}

TEST(MergeRuns, TheCellsOfAMissingShardArePendingAndTheRunIsNotComplete) {
  const Merged merged = merge_runs({part("r1", {1, 2}, {"a", "c"})}).value();
  EXPECT_FALSE(merged.run.complete);
  EXPECT_EQ(merged.run.planned.size(), 3u);
  EXPECT_EQ(merged.run.find("s/b"), nullptr);
  EXPECT_EQ(merged.notes,
            std::vector<std::string>{"shard 2/2 is not there: its cells are pending"});
}

TEST(MergeRuns, ACellInTwoRunsIsAnError) {
  EXPECT_TRUE(fails_with(merge_runs({part("r1", {1, 2}, {"a"}), part("r2", {1, 2}, {"a"})}),
                         "s/a (r1, r2)"));
}

TEST(MergeRuns, WhatDoesNotBelongTogetherIsAnError) {
  testbed::Run other = part("r2", {2, 2}, {"b"});
  other.provenance.digests["scenario s"] = "def";
  EXPECT_TRUE(fails_with(merge_runs({part("r1", {1, 2}, {"a"}), other}), "other versions"));
  EXPECT_TRUE(fails_with(merge_runs({part("r1", {1, 2}, {"a"}), part("r2", {2, 3}, {"b"})}),
                         "not shards of one run"));
  other.scenario = "t";
  EXPECT_TRUE(fails_with(merge_runs({part("r1", {1, 2}, {"a"}), other}), "other scenarios"));
}

TEST(MergeRuns, WhatDiffersBetweenTheMachinesIsTold) {
  testbed::Run other = part("r2", {2, 2}, {"b"});
  other.provenance.kernel = "6.1";
  other.complete = false;
  const Merged merged = merge_runs({part("r1", {1, 2}, {"a", "c"}), other}).value();
  EXPECT_FALSE(merged.run.complete);
  EXPECT_EQ(merged.notes.size(), 2u);
}

}  // namespace
}  // namespace testbed
