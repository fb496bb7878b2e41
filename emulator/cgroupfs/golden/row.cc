#include "emulator/cgroupfs/golden/row.h"

#include <algorithm>
#include <sstream>

#include "orchestrator/base/files.h"

namespace testbed::golden {

const Row* Recording::find(const std::string& id) const {
  const auto at =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
  return at == rows.end() ? nullptr : &*at;
}

json::object to_json(const Row& row) {
  json::object object{{"id", row.id}};
  if (row.error.empty()) {
    object["errno"] = nullptr;
  } else {
    object["errno"] = row.error;
  }
  if (row.result != 0) object["result"] = row.result;
  if (!row.value.empty()) object["value"] = row.value;
  return object;
}

Result<Row> row_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr || !object->contains("id")) return Error{"not a row: no id"};
  return Row{.id = text_or(*object, "id"),
             .error = text_or(*object, "errno"),
             .result = number_or(*object, "result"),
             .value = text_or(*object, "value")};
}

std::string to_text(const Recording& recording) {
  std::string text = to_line(json::object{{"target", recording.target},
                                          {"layout", recording.layout},
                                          {"kernel", recording.kernel}}) +
                     "\n";
  for (const Row& row : recording.rows) text += to_line(to_json(row)) + "\n";
  return text;
}

Result<Recording> parse_recording(std::string_view text) {
  std::istringstream lines{std::string(text)};
  Recording recording;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string place = "line " + std::to_string(number);
    auto value = parse_json(line);
    if (!value) return std::move(value).error().in(place);
    if (number == 1) {
      const json::object* header = value->if_object();
      if (header == nullptr || !header->contains("target")) return Error{"no header"}.in(place);
      recording.target = text_or(*header, "target");
      recording.layout = text_or(*header, "layout");
      recording.kernel = text_or(*header, "kernel");
      continue;
    }
    auto row = row_from_json(*value);
    if (!row) return std::move(row).error().in(place);
    recording.rows.push_back(std::move(row).value());
  }
  if (number == 0) return Error{"empty"};
  return recording;
}

Result<Recording> read_recording(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  auto recording = parse_recording(*text);
  if (!recording) return std::move(recording).error().in(path);
  return recording;
}

}  // namespace testbed::golden
