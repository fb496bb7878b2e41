#include "orchestrator/report/grid.h"

#include <gtest/gtest.h>

#include "orchestrator/report/sample_run.h"

namespace testbed {
namespace {

TEST(Grid, KeepsTheOrderOfTheAxesWhateverOrderTheCellsHave) {
  SampleRun sample;
  sample.plan("fuse-cgroup", "runsc-20240722")
      .plan("none", "native")
      .plan("none", "runsc-20240722");
  const Grid grid = grid_of(sample.get());
  EXPECT_EQ(grid.columns, (std::vector<std::string>{"native", "runsc-20240722"}));
  ASSERT_EQ(grid.rows.size(), 2u);
  EXPECT_EQ(grid.rows[0].labels, std::vector<std::string>{"none"});
  EXPECT_EQ(grid.rows[1].labels, std::vector<std::string>{"fuse-cgroup"});
  EXPECT_EQ(grid.rows[1].cells[0], nullptr);
  EXPECT_EQ(grid.rows[1].cells[1], &sample.get().planned[0]);
}

TEST(Grid, HasAColumnForEachOfTheScenariosOwnAxes) {
  SampleRun sample;
  sample.get().axes.push_back({.name = "size", .values = {"small", "large"}, .also = {}});
  sample.plan("none", "native");
  sample.get().planned[0].coordinates["size"] = "large";
  const Grid grid = grid_of(sample.get());
  EXPECT_EQ(grid.row_axes, (std::vector<std::string>{"approach", "size"}));
  EXPECT_EQ(row_label_of(sample.get(), sample.get().planned[0]), "none+large");
}

TEST(Grid, ValuesNoAxisNamesComeLast) {
  SampleRun sample;
  sample.plan("none", "runsc-19990101").plan("none", "native");
  EXPECT_EQ(grid_of(sample.get()).columns, (std::vector<std::string>{"native", "runsc-19990101"}));
}

}  // namespace
}  // namespace testbed
