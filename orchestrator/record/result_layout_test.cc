#include "orchestrator/record/result_layout.h"

#include <gtest/gtest.h>

#include <regex>
#include <thread>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

testbed::Run run_of(const std::vector<std::string>& cells) {
  testbed::Run run;
  run.id = "r";
  for (const std::string& cell : cells) {
    run.planned.push_back(
        {.id = cell, .coordinates = {}, .rungs = {}, .checks = {}, .excluded_because = {}});
  }
  return run;
}

// A results directory with these runs in it.
class ResultLayout : public testing::Test {
 protected:
  void add(const std::string& run) {
    ASSERT_TRUE(is_ok(make_directories(root() / run)));
    ASSERT_TRUE(is_ok(write_file(root() / run / kEventLogName, "")));
  }
  const fs::path& root() const { return directory_.path(); }

 private:
  TempDir directory_ = TempDir::make(testing::TempDir(), "results").value();
};

TEST(RunId, NamesTimeAndScenarioAndIsNew) {
  const std::string id = new_run_id("exp07");
  EXPECT_TRUE(std::regex_match(id, std::regex("20[0-9]{6}-[0-9]{6}-exp07-[0-9a-f]{4}"))) << id;
}

TEST(RunId, OfALaterRunOfTheSameScenarioSortsBehind) {
  std::string last = new_run_id("exp07");
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::string next = new_run_id("exp07");
    EXPECT_LT(last, next);
    last = next;
  }
}

TEST(RunId, NeverLeadsOutOfTheResults) {
  EXPECT_EQ(new_run_id("../x").find('/'), std::string::npos);
}

TEST(CellDirectory, IsBelowTheRunWhateverTheCellIsCalled) {
  EXPECT_EQ(cell_directory("/r", "exp07/none+native"), "/r/cells/none+native");
  EXPECT_EQ(cell_directory("/r", "exp07/.."), "/r/cells/_.");
  EXPECT_EQ(cell_directory("/r", "x/../../etc"), "/r/cells/_._.._etc");
  EXPECT_EQ(cell_directory("/r", ""), "/r/cells/_");
}

TEST_F(ResultLayout, ListsRunsOldestFirstAndNothingElse) {
  add("20260102-000000-b-0000");
  add("20260101-000000-a-0000");
  ASSERT_TRUE(is_ok(make_directories(root() / "not-a-run")));
  EXPECT_EQ(list_runs(root()),
            (std::vector<std::string>{"20260101-000000-a-0000", "20260102-000000-b-0000"}));
}

TEST_F(ResultLayout, FindsARunByLatestBeginningAndPath) {
  add("20260101-000000-a-0000");
  add("20260102-000000-b-0000");
  EXPECT_EQ(find_run(root(), "latest").value(), root() / "20260102-000000-b-0000");
  EXPECT_EQ(find_run(root(), "20260101").value(), root() / "20260101-000000-a-0000");
  const fs::path path = root() / "20260101-000000-a-0000";
  EXPECT_EQ(find_run("/nowhere", path.string()).value(), path);
}

TEST_F(ResultLayout, SaysWhichRunsThereAreWhenNoneFits) {
  EXPECT_TRUE(fails_with(find_run(root(), "latest"), "there is no run in"));
  add("20260101-000000-a-0000");
  add("20260102-000000-b-0000");
  EXPECT_TRUE(fails_with(find_run(root(), "2026"), "'2026' is the beginning of: 20260101"));
  EXPECT_TRUE(fails_with(find_run(root(), "1999"), "the newest are: 20260102-000000-b-0000"));
  EXPECT_TRUE(fails_with(find_run(root(), ""), "no run is named ''"));
}

TEST(FindCell, PrefersTheWholeNameToABeginning) {
  const testbed::Run run =
      run_of({"s/a+runsc-20240722+ptrace", "s/a+runsc-20240722", "s/b+native"});
  EXPECT_EQ(find_cell(run, "a+runsc-20240722").value(), "s/a+runsc-20240722");
  EXPECT_EQ(find_cell(run, "s/a+runsc-20240722").value(), "s/a+runsc-20240722");
  EXPECT_EQ(find_cell(run, "b").value(), "s/b+native");
  EXPECT_EQ(find_cell(run, "ptrace").value(), "s/a+runsc-20240722+ptrace");
}

TEST(FindCell, ListsWhatFitsAndWhatComesNear) {
  const testbed::Run run = run_of({"s/none+native", "s/fuse+native"});
  EXPECT_TRUE(fails_with(find_cell(run, "native"), "several cells: s/none+native, s/fuse+native"));
  EXPECT_TRUE(fails_with(find_cell(run, "fuze+native"), "near: s/fuse+native, s/none+native"));
}

}  // namespace
}  // namespace testbed
