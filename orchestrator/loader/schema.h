#pragma once

#include "orchestrator/base/json.h"
#include "orchestrator/loader/fields.h"

namespace testbed {

// The JSON Schema (draft-07) of a kind of file, for editors: made from the tables that the loader
// checks with.
json::object schema_of(FileKind kind);

}  // namespace testbed
