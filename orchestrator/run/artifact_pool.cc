#include "orchestrator/run/artifact_pool.h"

namespace testbed {

Result<ObtainedArtifact> ArtifactPool::get(const std::string& name, const std::string& label,
                                           std::stop_token stop) {
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& owned = slots_[name + "-" + label];
    if (!owned) owned = std::make_unique<Slot>();
    slot = owned.get();
  }
  const std::lock_guard lock(slot->mutex);
  if (!slot->result) slot->result = make(name, label, stop);
  return *slot->result;
}

Result<ObtainedArtifact> ArtifactPool::make(const std::string& name, const std::string& label,
                                            std::stop_token stop) {
  const std::string full_name = name + "-" + label;
  const Artifact* artifact = catalog_.find_artifact(name);
  if (artifact == nullptr) return Error{"images/ has no artifact " + name};
  post_(ArtifactStarted{full_name});
  auto obtained = obtain(
      *artifact, label, cache_,
      {.offline = settings_.offline,
       .only_source = settings_.only_source,
       .progress = [&](std::string_view line) { settings_.progress(full_name, std::string(line)); },
       .deadline = Deadline::after(settings_.within),
       .stop = stop});
  if (obtained)
    post_(ArtifactReady{*obtained});
  else
    post_(ArtifactUnavailable{full_name, obtained.error().message});
  return obtained;
}

}  // namespace testbed
