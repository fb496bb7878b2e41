#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "orchestrator/model/run_json.h"

namespace testbed {

// How much of a log is held at once. Longer lines are passed over without being held.
inline constexpr std::size_t kLongestHeader = std::size_t{256} << 20;
inline constexpr std::size_t kLongestLine = std::size_t{16} << 20;

// The lines of events.ndjson, in pieces of any size, to a run: as far as they are true. What cannot
// be read is left out and said in Run::missing, and then the run is not complete. A last line
// without its newline is what a killed writer leaves, and is dropped without a word.
class LogReader {
 public:
  // `name` stands before the number of a line.
  explicit LogReader(std::string name, Detail detail = Detail::Everything)
      : name_(std::move(name)), detail_(detail) {}

  void add(std::string_view bytes);
  // The run. An error if there was no header: then nothing is known.
  Result<Run> finish();

 private:
  void take_line(std::string_view line);
  Result<> take(std::string_view line);
  Result<> take_event(const json::value& value, std::string_view line);
  Result<> take_header(std::string_view line);
  Result<> take_result(CellResult result, std::string_view line);
  Result<> take_second_pass(const json::value& value);
  Result<> forget_unplanned();
  void miss(const std::string& what);
  void share_causes(CellResult& result);
  OptionalCause shared(OptionalCause cause);

  std::string name_;
  Detail detail_;
  std::string held_;         // a line that has begun
  bool too_long_ = false;    // and is passed over
  std::size_t number_ = 0;   // of lines that have ended
  bool has_header_ = false;  // it is the first line, unless something has put another before it
  bool has_footer_ = false;
  std::unordered_set<std::string_view> planned_;           // ids in run_
  std::unordered_set<std::size_t> seen_;                   // hashes of lines with results
  std::unordered_map<std::string, OptionalCause> causes_;  // the last one of each signature
  std::vector<unsigned char> memory_ = std::vector<unsigned char>(std::size_t{1} << 18);
  std::size_t missed_ = 0;
  std::string first_problem_;
  Run run_;
};

}  // namespace testbed
