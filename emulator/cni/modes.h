#pragma once

#include "emulator/cni/request.h"
#include "emulator/cni/result.h"

namespace testbed::cni {

// What a mode does for each verb. The checks of the request are done; whatever an `add` that fails
// has begun it undoes.
struct ModeVerbs {
  Mode mode;
  Answer<Success> (*add)(const Request& request);
  Answer<> (*del)(const Request& request);
  Answer<> (*check)(const Request& request);
  // One stale attachment, whose namespace is taken to be gone.
  Answer<> (*forget)(const Request& request, const Attachment& stale);
  // The network has no attachment left.
  Answer<> (*close_network)(const Request& request);
  // Empty, or why it cannot serve ADD here.
  std::string (*obstacle)();
};

const ModeVerbs& verbs_of(Mode mode);

// One file each.
extern const ModeVerbs kFakeMode, kLoopbackMode, kRoutedMode, kBridgeMode, kHostLocalMode;

}  // namespace testbed::cni
