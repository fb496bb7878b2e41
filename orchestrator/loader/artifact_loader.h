#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/problems.h"
#include "orchestrator/model/artifact.h"

namespace testbed {

// An artifact.yaml of images/; its folder must have the name of the artifact.
Loaded<Artifact> load_artifact(const fs::path& path);

}  // namespace testbed
