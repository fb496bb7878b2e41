#pragma once

#include <string>

#include "orchestrator/model/artifact.h"

namespace testbed {

// Everything that decides what an artifact's version will be. Equal recipes are one entry of the
// cache; the note of a version is no part of it.
struct Recipe {
  Artifact::Kind kind = Artifact::Kind::Program;
  std::string name, label;
  std::vector<SourceSpec> sources;
  std::string key;  // sha512 of its text: the name in the cache
};

Recipe make_recipe(const Artifact& artifact, const ArtifactVersion& version);

// The same with only the sources of one kind; its sources may be none.
Recipe only_with_source(const Recipe& recipe, const std::string& kind);

}  // namespace testbed
