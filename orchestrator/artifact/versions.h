#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/artifact/cache.h"
#include "orchestrator/model/catalog.h"

namespace testbed {

// One version of the catalog and what the cache has of it, for people.
struct VersionState {
  std::string artifact, label, note;
  std::vector<std::string> sources;  // the kinds, in their order
  // In the cache: the common entry first, then those of pinned sources. Empty: not obtained yet.
  std::vector<CacheRecord> cached;
};

// Every version of every artifact, in the catalog's order. Reads only the cache's records.
std::vector<VersionState> list_versions(const Catalog& catalog, const Cache& cache);

struct VerifiedVersion {
  CacheRecord record;
  std::string problem;  // empty: the object is what was stored
};

// Reads the cached objects of one artifact (or of all, by an empty name) and one of its labels (or
// all) in full. Wrong ones are dropped.
std::vector<VerifiedVersion> verify_versions(Cache& cache, const std::string& artifact,
                                             const std::string& label);

}  // namespace testbed
