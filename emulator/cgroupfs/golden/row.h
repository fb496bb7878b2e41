#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/json.h"

namespace testbed::golden {

// What became of one operation, in a form that two targets can be compared by.
struct Row {
  std::string id{};
  std::string error{};  // errno's name; empty: none
  long result = 0;      // bytes written, entries listed; else 0
  std::string value{};  // what was read, or what the file holds after the write
  bool operator==(const Row&) const = default;
};

// What one target gave.
struct Recording {
  std::string target;  // "kernel", "core", "fuse", "gvisor"
  std::string layout;
  std::string kernel;  // of the machine: name and release
  std::vector<Row> rows{};

  const Row* find(const std::string& id) const;
};

json::object to_json(const Row& row);
Result<Row> row_from_json(const json::value& value);

// JSON Lines: a header and a row a line.
std::string to_text(const Recording& recording);
Result<Recording> parse_recording(std::string_view text);
Result<Recording> read_recording(const std::string& path);

}  // namespace testbed::golden
