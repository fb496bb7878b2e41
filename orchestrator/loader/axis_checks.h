#pragma once

#include "orchestrator/loader/scenario_loader.h"
#include "orchestrator/loader/yaml_reader.h"

namespace testbed {

// More cells than this are a slip of the pen: axes multiply.
inline constexpr std::size_t kMostCells = 100'000;

// Axes that must be there, equal values, sandboxes and approaches that do not exist, too many
// cells.
void check_axes(const YamlNode& root, const Catalog& catalog, const LoadOptions& options,
                ProblemList& problems);

}  // namespace testbed
