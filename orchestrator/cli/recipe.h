#pragma once

#include "orchestrator/base/result.h"
#include "orchestrator/model/bundle_patch.h"
#include "orchestrator/model/cell.h"

namespace testbed {

// What a cell does inside its sandbox, as a shell script for a person who is in one already: the
// components of its approach, then the steps of its ladder. Pure.
std::string recipe_of(const Cell& cell, const BundlePatch& patch);

}  // namespace testbed
