#include "orchestrator/record/run_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "orchestrator/record/archive_reader.h"
#include "orchestrator/record/log_reader.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 18;
constexpr std::size_t kMostOfAFile = std::size_t{1} << 20;

bool is_file(const fs::path& place) {
  std::error_code error;
  return fs::is_regular_file(place, error);
}

// In pieces: the log of a large matrix is as large as everything that is kept of it.
Result<> feed(const fs::path& file, LogReader& reader) {
  const UniqueFd fd = TRY(open_file(file, O_RDONLY));
  std::string piece(kPiece, '\0');
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("read", file, errno);
    if (got == 0) return {};
    reader.add({piece.data(), static_cast<std::size_t>(got)});
  }
}

// Only regular files: what a workload has made may be a link out of the record, or a pipe.
Result<std::vector<std::string>> read_folder(const fs::path& folder, const TakeEvidence& take) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_symlink(error) && entry->is_regular_file(error)) files.push_back(entry->path());
  }
  if (error) return Error{folder.string() + ": " + error.message()};
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files)
    take(fs::relative(file, folder, error).string(), read_part(file, 0, kMostOfAFile));
  return std::vector<std::string>{};
}

}  // namespace

Result<Run> read_run(const fs::path& place, Detail detail) {
  if (is_file(place)) return read_archived_run(place, detail);
  const fs::path file = place / kEventLogName;
  LogReader reader(file.string(), detail);
  TRY(feed(file, reader));
  Run run = TRY(reader.finish());
  run.directory = place.string();
  return run;
}

Result<std::vector<std::string>> read_evidence(const Run& run, const std::string& cell_id,
                                               const TakeEvidence& take) {
  const fs::path folder = cell_directory("", cell_id);
  if (!is_file(run.directory)) return read_folder(run.directory / folder, take);
  return read_archived_files(run.directory, folder.string() + "/", kMostOfAFile, take);
}

}  // namespace testbed
