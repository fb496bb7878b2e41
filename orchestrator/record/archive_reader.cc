#include "orchestrator/record/archive_reader.h"

#include "orchestrator/record/log_reader.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {

Result<Run> read_archived_run(const fs::path& file, Detail detail) {
  return read_archived_run(TRY(ArchiveStream::open(file)), file.string(), detail);
}

Result<Run> read_archived_run(ArchiveStream stream, const std::string& name, Detail detail) {
  std::optional<std::string> member;
  do {
    member = stream.next();
  } while (member && *member != kEventLogName);
  if (!member) {
    std::string why =
        name + " holds no record of a run: no " + kEventLogName + " in its one folder";
    for (const std::string& missing : stream.missing()) why += "; " + missing;
    return Error{std::move(why)};
  }
  LogReader reader(name + "/" + kEventLogName, detail);
  while (const auto bytes = stream.read()) reader.add(*bytes);
  auto run = reader.finish();
  if (!run) {
    const std::string damage = stream.is_cut() ? "; " + stream.missing().back() : "";
    return Error{run.error().message + damage};
  }
  run->directory = name;
  run->missing.insert(run->missing.end(), stream.missing().begin(), stream.missing().end());
  // Without its end the log may lack a footer, or have one that was made up.
  if (stream.is_cut() || stream.is_changed()) run->complete = false;
  return run;
}

Result<std::vector<std::string>> read_archived_files(const fs::path& file,
                                                     const std::string& prefix, std::size_t most,
                                                     const TakeEvidence& take) {
  ArchiveStream stream = TRY(ArchiveStream::open(file));
  while (const auto member = stream.next()) {
    if (!member->starts_with(prefix)) continue;
    std::string text;
    while (const auto bytes = stream.read()) text += bytes->substr(0, most - text.size());
    take(member->substr(prefix.size()), text);
  }
  return stream.missing();
}

Result<ArchiveCheck> check_archive(const fs::path& file) {
  ArchiveStream stream = TRY(ArchiveStream::open(file));
  ArchiveCheck check;
  while (stream.next()) ++check.files;
  check.has_sums = stream.has_sums();
  check.problems = stream.missing();
  return check;
}

}  // namespace testbed
