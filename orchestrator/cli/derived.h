#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/model/run.h"

namespace testbed {

// The reports that lie beside a record, from the record alone. What fails is only warned of: they
// can be made again.
void write_derived(const Run& run, const fs::path& directory);

}  // namespace testbed
