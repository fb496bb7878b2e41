#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/judge/exit_status.h"
#include "orchestrator/model/run.h"

namespace testbed {

// The reports that lie beside a record, from the record alone. What fails is only warned of: they
// can be made again.
void write_derived(const Run& run, const fs::path& directory);

// The end of a command that made a record: its matrix on standard output, and on standard error
// where the record is and what the run came to. Returns the exit code.
int print_matrix(const Run& run, const std::string& format, const fs::path& directory,
                 const RunStatus& status);

}  // namespace testbed
