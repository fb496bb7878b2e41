#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/files.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/record/archive_sums.h"

struct archive;

namespace testbed {

// What an archive may expand to. Whoever wrote it may mean harm, or a disk may have damaged it.
struct ArchiveLimits {
  std::uint64_t bytes = std::uint64_t{64} << 30;
  std::uint64_t free_bytes = std::uint64_t{64} << 20;  // up to here any ratio is well
  std::uint64_t ratio = 3000;
  std::size_t longest_name = 4096;
};

// The regular files of an archive, one after the other, decompressed as they are read. Nothing is
// written to disk, and no name is used as a path. What is left out is said in `missing`.
class ArchiveStream {
 public:
  static Result<ArchiveStream> open(const fs::path& file, ArchiveLimits limits = {});
  // The bytes stay the caller's and outlive the stream.
  static Result<ArchiveStream> over(std::string_view bytes, std::string name,
                                    ArchiveLimits limits = {});

  // The name of the next file below the archive's one folder; nothing at the end, and nothing where
  // the archive is damaged.
  std::optional<std::string> next();
  // The next bytes of that file; nothing at its end. They live until the next call.
  std::optional<std::string_view> read();

  // The archive did not end here: it is cut, damaged, or larger than may be.
  bool is_cut() const { return cut_; }
  // A file is not what was archived, or the archive has more or fewer than it says. Nothing is
  // known of an archive without sums, as older ones are.
  bool is_changed() const { return changed_; }
  bool has_sums() const { return has_sums_; }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  struct Close {
    void operator()(archive* reader) const;
  };
  ArchiveStream(std::unique_ptr<archive, Close> reader, UniqueFd fd, std::string name,
                ArchiveLimits limits);
  static std::unique_ptr<archive, Close> make_reader();

  std::optional<std::string> accept(const std::string& path);
  bool is_within_limits();
  bool is_usable(int status);
  std::string begin(std::string name);
  void take_sums();
  void check_sum();
  void tell_absent();
  void tell_change(const std::string& name, const std::string& what);
  void leave_out(const std::string& path, const std::string& why);
  void cut(const std::string& why);

  std::unique_ptr<archive, Close> reader_;
  UniqueFd fd_;
  std::string name_;
  ArchiveLimits limits_;
  std::string folder_;  // the first component of every name
  std::int64_t offset_ = 0;
  bool in_file_ = false;
  bool cut_ = false;
  bool has_sums_ = false, changed_ = false;
  ArchiveSums sums_;    // of those that have not come
  std::string member_;  // the file that is read
  Sha512 digest_;
  std::size_t left_out_ = 0, changes_ = 0;
  std::vector<std::string> missing_;
};

}  // namespace testbed
