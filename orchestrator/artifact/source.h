#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/files.h"
#include "orchestrator/model/artifact.h"

namespace testbed {

using Progress = std::function<void(std::string_view line)>;

// What a source is told about the thing it obtains.
struct ObtainContext {
  std::string artifact;  // "runsc": the name that a program gets in its directory
  std::string label;     // "20240722"
  bool is_root_filesystem = false;
  fs::path scratch;   // an empty directory for what is not kept; removed afterwards
  Progress progress;  // may be called often, from the thread that obtains
  Deadline deadline;
  std::stop_token stop;
};

// One way to obtain an artifact. A source fills a directory; whether that is complete, its digest
// and its place in the cache are the caller's.
class Source {
 public:
  virtual ~Source() = default;

  // Fills the empty directory `into`: a program under the artifact's name and what must lie beside
  // it, or a root file system as rootfs/. An error says why, and what would help.
  virtual Result<> obtain(const SourceSpec& spec, const fs::path& into,
                          const ObtainContext& context) = 0;
};

}  // namespace testbed
