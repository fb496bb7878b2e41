#pragma once

#include <string>
#include <vector>

#include "orchestrator/model/approach.h"
#include "orchestrator/model/artifact.h"
#include "orchestrator/model/cause.h"

namespace testbed {

// Everything that scenarios may name: what lies in scenarios/approaches, scenarios/causes and
// images.
struct Catalog {
  std::vector<Approach> approaches;
  std::vector<Artifact> artifacts;
  std::vector<CauseRule> causes;

  const Approach* find_approach(const std::string& name) const {
    for (const Approach& approach : approaches) {
      if (approach.name == name) return &approach;
    }
    return nullptr;
  }
  const Artifact* find_artifact(const std::string& name) const {
    for (const Artifact& artifact : artifacts) {
      if (artifact.name == name) return &artifact;
    }
    return nullptr;
  }
};

}  // namespace testbed
