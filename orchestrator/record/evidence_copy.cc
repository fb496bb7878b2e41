#include "orchestrator/record/evidence_copy.h"

#include <fcntl.h>

#include "orchestrator/record/archive_stream.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

// "cells/fuse-cgroup+native/": only below these anything is written.
std::set<std::string> folders_of(const Run& run) {
  std::set<std::string> folders;
  for (const PlannedCell& cell : run.planned)
    folders.insert(cell_directory("", cell.id).string() + "/");
  return folders;
}

bool is_below(const std::set<std::string>& folders, const std::string& name) {
  const std::size_t slash = name.find('/', name.find('/') + 1);
  return slash != std::string::npos && folders.contains(name.substr(0, slash + 1));
}

// Never through a link and never over a file that is there: the folder holds only what we made.
Result<UniqueFd> create(const fs::path& file) {
  TRY(make_directories(file.parent_path()));
  return open_file(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
}

Result<std::vector<std::string>> copy_from_archive(const Run& run, const fs::path& to) {
  const std::set<std::string> folders = folders_of(run);
  ArchiveStream stream = TRY(ArchiveStream::open(run.directory));
  while (const auto member = stream.next()) {
    if (!is_below(folders, *member)) continue;
    const UniqueFd out = TRY(create(to / *member));
    while (const auto bytes = stream.read()) TRY(write_all(out.get(), *bytes));
  }
  return stream.missing();
}

Result<std::vector<std::string>> copy_from_folder(const Run& run, const fs::path& to) {
  std::vector<std::string> missing;
  std::error_code error;
  for (const std::string& folder : folders_of(run)) {
    const fs::path from = fs::path(run.directory) / folder;
    if (!fs::exists(from, error)) continue;
    TRY(make_directories((to / folder).parent_path()));
    fs::copy(from, to / folder, fs::copy_options::recursive | fs::copy_options::skip_symlinks,
             error);
    if (error) missing.push_back(from.string() + ": " + error.message());
  }
  return missing;
}

}  // namespace

Result<std::vector<std::string>> copy_evidence(const Run& run, const fs::path& to) {
  std::error_code error;
  return fs::is_directory(run.directory, error) ? copy_from_folder(run, to)
                                                : copy_from_archive(run, to);
}

}  // namespace testbed
