#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "orchestrator/artifact/obtain.h"
#include "orchestrator/model/catalog.h"
#include "orchestrator/model/event.h"

namespace testbed {

// The artifacts of one run: each is asked for once, also when it is not to be had. May be used by
// several threads.
class ArtifactPool {
 public:
  struct Settings {
    bool offline = false;
    std::string only_source;
    milliseconds within{30 * 60'000};  // for each artifact
    std::function<void(const std::string& name, const std::string& line)>
        progress;  // while it is made
  };
  ArtifactPool(const Catalog& catalog, Cache& cache, Settings settings,
               std::function<void(Event)> post)
      : catalog_(catalog), cache_(cache), settings_(std::move(settings)), post_(std::move(post)) {}

  Result<ObtainedArtifact> get(const std::string& name, const std::string& label,
                               std::stop_token stop);

 private:
  struct Slot {
    std::mutex mutex;
    std::optional<Result<ObtainedArtifact>> result;
  };
  Result<ObtainedArtifact> make(const std::string& name, const std::string& label,
                                std::stop_token stop);

  const Catalog& catalog_;
  Cache& cache_;
  const Settings settings_;
  const std::function<void(Event)> post_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Slot>> slots_;
};

}  // namespace testbed
