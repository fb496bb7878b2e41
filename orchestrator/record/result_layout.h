#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/files.h"
#include "orchestrator/model/run.h"

namespace testbed {

// Where the parts of a record lie:
//
//   results/<run id>/events.ndjson
//   results/<run id>/cells/<cell id without "scenario/">/<attempt>/
//
// Names that come from outside never lead out of the directory they are put below.
inline constexpr const char* kEventLogName = "events.ndjson";
inline constexpr const char* kArchiveSuffix = ".tar.zst";

// "20261124-024512-exp07-4f3a": sorts by time; the end is the part of the second.
std::string new_run_id(const std::string& scenario);

// The folder of a cell's evidence; an attempt has one of its own in it, named by its number.
fs::path cell_directory(const fs::path& run_directory, const std::string& cell_id);

// Ids of the runs below `results_root`, oldest first, and names of archives whose folder is not
// there.
std::vector<std::string> list_runs(const fs::path& results_root);

// The directory or archive of a run named by "latest", its id, a beginning that only it has, or its
// path.
Result<fs::path> find_run(const fs::path& results_root, const std::string& text);

// The id of a cell named by its id (with or without the scenario), or by a beginning or part of it
// that only it has. The error lists what comes near.
Result<std::string> find_cell(const Run& run, const std::string& text);

}  // namespace testbed
