#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/files.h"

namespace testbed {

struct ArchiveSummary {
  std::size_t files = 0;
  std::uint64_t bytes = 0;              // before compression
  std::vector<std::string> left_out{};  // what is no regular file, or could not be read
};

// A run's folder as one file: the digests of all files, the log, so that its readers need no more,
// then the evidence in the order of its names. What is derived is not in it. Links are neither
// followed nor stored. The file appears when it is complete; the same folder gives the same bytes.
Result<ArchiveSummary> write_archive(const fs::path& run_directory, const fs::path& file);

}  // namespace testbed
