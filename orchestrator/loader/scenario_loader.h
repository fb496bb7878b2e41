#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/catalog.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

struct LoadOptions {
  bool allow_fake = false;  // the sandbox `fake`: tests only
};

// A scenario whose every name is known: expand() succeeds on it.
Loaded<Scenario> load_scenario(const fs::path& path, const Catalog& catalog,
                               const LoadOptions& options = {});

}  // namespace testbed
