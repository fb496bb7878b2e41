#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/files.h"
#include "orchestrator/model/evidence.h"

namespace testbed {

// Reads what components add to their journals while checks run.
class JournalReader {
 public:
  explicit JournalReader(fs::path directory) : directory_(std::move(directory)) {}

  // Bytes of all journals: grows while something happens.
  std::uintmax_t size() const;

  // The entries written since the last call: all that were answered with an errno and the last few
  // others. A torn last line is left for the next call.
  std::vector<JournalEntry> take();

 private:
  fs::path directory_;
  std::map<std::string, std::size_t> offsets_;
};

}  // namespace testbed
