#pragma once

#include <functional>
#include <memory>
#include <string>

#include "orchestrator/artifact/cache.h"
#include "orchestrator/artifact/source.h"

namespace testbed {

struct ObtainOptions {
  bool offline = false;     // only what the cache holds
  std::string only_source;  // a kind; empty: all sources in their order
  Progress progress;        // lines without the artifact's name
  Deadline deadline;
  std::stop_token stop;
  // Where sources come from, if not from make_source().
  std::function<std::unique_ptr<Source>(std::string_view kind)> make{};
};

// The artifact from the cache, or from the first source that yields a complete one. Each is
// obtained once, however many threads and processes ask at the same time. The directory stays for
// as long as `cache` lives: <directory>/<artifact name> is the program, or <directory>/rootfs the
// root file system. The error names the reason of every source and what would help.
Result<ObtainedArtifact> obtain(const Artifact& artifact, const std::string& label, Cache& cache,
                                const ObtainOptions& options);

}  // namespace testbed
