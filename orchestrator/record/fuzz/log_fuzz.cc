// What lies in events.ndjson. Whatever it is, the answer is a run of which everything is planned
// once and within bounds, or an error; and pieces of any size give the same.
#include <cstddef>
#include <cstdint>
#include <set>

#include "orchestrator/base/check.h"
#include "orchestrator/model/run_json.h"
#include "orchestrator/record/log_reader.h"

namespace testbed {
namespace {

Result<Run> read(std::string_view text, std::size_t piece) {
  LogReader reader("log");
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    reader.add(text.substr(0, piece));
  return reader.finish();
}

void look_at(const Run& run) {
  std::set<std::string> planned;
  for (const PlannedCell& cell : run.planned)
    CHECK(planned.insert(cell.id).second, "a cell is planned twice");
  for (const auto& [id, result] : run.results) {
    CHECK(planned.contains(id) && result.cell == id, "a result of what is not planned");
    const Outcome& outcome = result.outcome;
    CHECK(outcome.rungs_reached >= 0 && outcome.rungs_reached <= outcome.rungs_total,
          "more rungs than there are");
    CHECK(parse_json(to_line(to_json(result))), "a result that was read cannot be written");
  }
  CHECK(run.missing.empty() || !run.complete, "a damaged record is complete");
  for (const std::string& line : run.missing)
    CHECK(line.find('\x1b') == std::string::npos, "a terminal would obey a message");
}

}  // namespace
}  // namespace testbed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace testbed;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = read(text, size + 1), pieces = read(text, 3);
  CHECK(whole.has_value() == pieces.has_value(), "pieces differ from the whole");
  if (!whole) return 0;
  CHECK(whole->results.size() == pieces->results.size() && whole->missing == pieces->missing,
        "pieces differ from the whole");
  look_at(*whole);
  return 0;
}
