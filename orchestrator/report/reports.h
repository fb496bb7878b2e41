#pragma once

#include "orchestrator/model/run_json.h"

namespace testbed {

// How a report is laid out; the formats that are files ignore it.
struct RenderOptions {
  bool colour = false;
  int width = 100;      // columns; tables that are wider are folded
  bool unicode = true;  // lines and signs beyond ASCII
};

// A recorded run as a report: the bytes, for a file or standard output. Pure, so that a report can
// be made again from the record at any time. An error names the formats there are.
Result<std::string> render(std::string_view format, const Run& run, const RenderOptions& options);

// What of the attempts a format shows.
Detail detail_of(std::string_view format);

// "text", "markdown", "json", "junit".
std::vector<std::string> report_formats();

}  // namespace testbed
