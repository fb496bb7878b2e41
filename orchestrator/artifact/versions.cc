#include "orchestrator/artifact/versions.h"

#include <set>

namespace testbed {
namespace {

VersionState look_up(const Artifact& artifact, const ArtifactVersion& version, const Cache& cache) {
  VersionState state{.artifact = artifact.name,
                     .label = version.label,
                     .note = version.note,
                     .sources = {},
                     .cached = {}};
  const Recipe recipe = make_recipe(artifact, version);
  std::set<std::string> keys = {recipe.key};
  if (auto record = cache.find(recipe.key)) state.cached.push_back(std::move(*record));
  for (const SourceSpec& source : version.sources) {
    state.sources.push_back(source.kind);
    const std::string key = only_with_source(recipe, source.kind).key;
    if (!keys.insert(key).second) continue;
    if (auto record = cache.find(key)) state.cached.push_back(std::move(*record));
  }
  return state;
}

}  // namespace

std::vector<VersionState> list_versions(const Catalog& catalog, const Cache& cache) {
  std::vector<VersionState> states;
  for (const Artifact& artifact : catalog.artifacts) {
    for (const ArtifactVersion& version : artifact.versions) {
      states.push_back(look_up(artifact, version, cache));
    }
  }
  return states;
}

std::vector<VerifiedVersion> verify_versions(Cache& cache, const std::string& artifact,
                                             const std::string& label) {
  std::vector<VerifiedVersion> verified;
  for (const CacheRecord& record : cache.records()) {
    if (!artifact.empty() && record.name != artifact) continue;
    if (!label.empty() && record.label != label) continue;
    const auto result = cache.verify(record);
    verified.push_back({.record = record, .problem = result ? "" : result.error().message});
  }
  return verified;
}

}  // namespace testbed
