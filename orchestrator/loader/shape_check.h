#pragma once

#include "orchestrator/loader/fields.h"
#include "orchestrator/loader/problems.h"

namespace testbed {

// Everything in which a file differs from its table of keys: unknown and missing keys, wrong types,
// scalars that do not fit, unknown component and source names.
void check_shape(const YamlNode& root, const Shape& shape, ProblemList& problems);

}  // namespace testbed
