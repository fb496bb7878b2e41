#pragma once

#include "orchestrator/record/archive_stream.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {

// As read_run of a folder. Of an archive that we have written nothing behind its log is read.
Result<Run> read_archived_run(const fs::path& file, Detail detail = Detail::Everything);
Result<Run> read_archived_run(ArchiveStream stream, const std::string& name,
                              Detail detail = Detail::Everything);

// The files below `prefix`, each up to `most` bytes; what could not be read, in words.
Result<std::vector<std::string>> read_archived_files(const fs::path& file,
                                                     const std::string& prefix, std::size_t most,
                                                     const TakeEvidence& take);

struct ArchiveCheck {
  std::size_t files = 0;
  bool has_sums = false;                // else nothing but its form could be checked
  std::vector<std::string> problems{};  // what is changed, absent, damaged or left out
};
// Reads all of an archive and holds it against its sums.
Result<ArchiveCheck> check_archive(const fs::path& file);

}  // namespace testbed
