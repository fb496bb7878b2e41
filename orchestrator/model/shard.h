#pragma once

#include "orchestrator/model/cell.h"
#include "orchestrator/model/run.h"

namespace testbed {

// "2/3" as --shard takes it.
Result<Shard> parse_shard(const std::string& text);

// Which shard, from 1 on, each of the cells belongs to. Rows are dealt out in their order, each
// whole: a cell is judged by its control, which is in its row. The same cells are always dealt out
// in the same way. An error if there are fewer rows than shards.
Result<std::vector<int>> deal_out(const std::vector<Cell>& cells, int count);

}  // namespace testbed
