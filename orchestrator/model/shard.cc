#include "orchestrator/model/shard.h"

#include <charconv>

namespace testbed {
namespace {

bool read_number(std::string_view text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Shard> parse_shard(const std::string& text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  const bool read = slash != std::string::npos && read_number(text.substr(0, slash), shard.index) &&
                    read_number(text.substr(slash + 1), shard.count);
  if (!read || shard.index < 1 || shard.index > shard.count)
    return Error{"'" + text + "' is no shard: write K/N, K from 1 to N"};
  return shard;
}

Result<std::vector<int>> deal_out(const std::vector<Cell>& cells, int count) {
  std::map<std::map<std::string, std::string>, int> rows;
  std::vector<int> shards;
  for (const Cell& cell : cells) {
    std::map<std::string, std::string> row = cell.coordinates;
    row.erase("sandbox");
    const int next = static_cast<int>(rows.size()) % count + 1;
    shards.push_back(rows.try_emplace(std::move(row), next).first->second);
  }
  if (static_cast<int>(rows.size()) < count) {
    return Error{"there are " + std::to_string(rows.size()) + " rows for " + std::to_string(count) +
                 " shards, and a row is not divided: its cells are judged by one control"};
  }
  return shards;
}

}  // namespace testbed
