#pragma once

#include <memory>

#include "orchestrator/base/result.h"
#include "orchestrator/model/approach.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// What all components of an approach add to a cell. The settings were checked against
// component_kinds() when the approach was loaded; an error here is a component that has no row in
// components.cc.
Result<BundlePatch> patch_of(const Approach& approach);

}  // namespace testbed
