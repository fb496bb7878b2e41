#include "orchestrator/model/shard.h"

#include <gtest/gtest.h>

#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

std::vector<Cell> cells_of(int rows) {
  std::vector<Cell> cells;
  for (const char* sandbox : {"native", "runsc-20240722"}) {
    for (int row = 0; row < rows; ++row) {
      Cell cell;
      cell.coordinates = {{"sandbox", sandbox}, {"approach", std::to_string(row)}};
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

TEST(Shard, ACellIsWithItsControlAndRowsAreDealtOutInTurn) {
  EXPECT_EQ(deal_out(cells_of(5), 2).value(), (std::vector<int>{1, 2, 1, 2, 1, 1, 2, 1, 2, 1}));
  EXPECT_EQ(deal_out(cells_of(2), 1).value(), (std::vector<int>{1, 1, 1, 1}));
}

TEST(Shard, MoreShardsThanRowsAreAnError) {
  EXPECT_TRUE(fails_with(deal_out(cells_of(2), 3), "2 rows for 3 shards"));
}

TEST(Shard, IsWrittenAsKOfN) {
  EXPECT_EQ(parse_shard("2/3")->index, 2);
  EXPECT_EQ(parse_shard("2/3")->count, 3);
  for (const char* wrong : {"", "1", "0/2", "3/2", "-1/2", "1/2x", "/", "1/0"})
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
}

}  // namespace
}  // namespace testbed
