#include "orchestrator/record/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "orchestrator/base/sha512.h"
#include "orchestrator/record/archive_sums.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16;
constexpr const char* kLevel = "9";

struct FreeWriter {
  void operator()(archive* writer) const { ::archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { ::archive_entry_free(entry); }
};

class ArchiveWriter {
 public:
  static Result<ArchiveWriter> over(int fd) {
    std::unique_ptr<archive, FreeWriter> writer(::archive_write_new());
    CHECK(writer != nullptr, "no memory for an archive");
    ::archive_write_add_filter_zstd(writer.get());
    ::archive_write_set_filter_option(writer.get(), "zstd", "compression-level", kLevel);
    // Of the formats without a limit the one that takes names as bytes.
    ::archive_write_set_format_gnutar(writer.get());
    ::archive_write_set_bytes_in_last_block(writer.get(), 1);
    ArchiveWriter out(std::move(writer));
    TRY(out.check(::archive_write_open_fd(out.writer_.get(), fd)));
    return out;
  }

  // What stands in the file when it is opened; one that grows meanwhile is cut there, one that
  // shrinks is an error of the library's.
  Result<> add(const fs::path& file, const std::string& name, const std::string& sum,
               ArchiveSummary& summary) {
    const UniqueFd fd = TRY(open_file(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
      return Error{file.string() + " changed while it was archived"};
    TRY(begin(name, facts.st_size, facts.st_mtime));
    const std::string digest = TRY(copy(fd.get(), file, static_cast<std::uint64_t>(facts.st_size)));
    if (digest != sum) return Error{file.string() + " changed while it was archived"};
    ++summary.files;
    summary.bytes += static_cast<std::uint64_t>(facts.st_size);
    return {};
  }

  // What has been made in memory; its name is the archive's own.
  Result<> add_text(const std::string& text, const std::string& name) {
    TRY(begin(name, static_cast<std::int64_t>(text.size()), 0));
    if (::archive_write_data(writer_.get(), text.data(), text.size()) < 0)
      return check(ARCHIVE_FATAL);
    return {};
  }

  Result<> close() { return check(::archive_write_close(writer_.get())); }

 private:
  explicit ArchiveWriter(std::unique_ptr<archive, FreeWriter> writer)
      : writer_(std::move(writer)) {}

  Result<> begin(const std::string& name, std::int64_t size, std::time_t changed) {
    std::unique_ptr<archive_entry, FreeEntry> entry(::archive_entry_new());
    ::archive_entry_set_pathname(entry.get(), name.c_str());
    ::archive_entry_set_filetype(entry.get(), AE_IFREG);
    ::archive_entry_set_perm(entry.get(), 0644);
    ::archive_entry_set_size(entry.get(), size);
    ::archive_entry_set_mtime(entry.get(), changed, 0);
    return check(::archive_write_header(writer_.get(), entry.get()));
  }

  // Gives the digest of what was copied.
  Result<std::string> copy(int fd, const fs::path& file, std::uint64_t left) {
    Sha512 digest;
    char piece[kPiece];
    while (left > 0) {
      const ssize_t got = ::read(fd, piece, std::min<std::uint64_t>(left, sizeof piece));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno_error("read", file, errno);
      if (got == 0) return Error{file.string() + " shrank while it was read"};
      if (::archive_write_data(writer_.get(), piece, static_cast<std::size_t>(got)) < 0)
        TRY(check(ARCHIVE_FATAL));
      digest.add({piece, static_cast<std::size_t>(got)});
      left -= static_cast<std::uint64_t>(got);
    }
    return digest.finish();
  }

  Result<> check(int status) {
    if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return {};
    const char* text = ::archive_error_string(writer_.get());
    return Error{text ? text : "the archive cannot be written"};
  }

  std::unique_ptr<archive, FreeWriter> writer_;
};

// Everything below cells/ but folders, links included: they are told as left out.
Result<std::vector<fs::path>> evidence_below(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  const fs::path cells = directory / "cells";
  if (!fs::exists(cells, error)) return files;
  fs::recursive_directory_iterator entry(cells, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (entry->is_symlink(error) || !entry->is_directory(error)) files.push_back(entry->path());
  }
  if (error) return Error{"read " + cells.string() + ": " + error.message()};
  std::sort(files.begin(), files.end());
  return files;
}

// Only regular files have one; no link is followed.
std::string sum_of(const fs::path& file) {
  std::error_code error;
  if (fs::symlink_status(file, error).type() != fs::file_type::regular) return "";
  const auto sum = sha512_of_file(file);
  return sum ? *sum : "";
}

Result<ArchiveSummary> write_into(int fd, const fs::path& directory) {
  std::vector<fs::path> files{directory / kEventLogName};
  for (fs::path& file : TRY(evidence_below(directory))) files.push_back(std::move(file));
  ArchiveSums sums;
  for (const fs::path& file : files) {
    if (std::string sum = sum_of(file); !sum.empty())
      sums[file.lexically_relative(directory).string()] = std::move(sum);
  }
  const std::string top = directory.filename().string() + "/";
  ArchiveWriter writer = TRY(ArchiveWriter::over(fd));
  TRY(writer.add_text(to_text(sums), top + kSumsName));
  ArchiveSummary summary;
  for (const fs::path& file : files) {
    const std::string name = file.lexically_relative(directory).string();
    const auto sum = sums.find(name);
    if (sum == sums.end()) {
      summary.left_out.push_back(top + name);
    } else {
      TRY(writer.add(file, top + name, sum->second, summary));
    }
  }
  TRY(writer.close());
  return summary;
}

}  // namespace

Result<ArchiveSummary> write_archive(const fs::path& run_directory, const fs::path& file) {
  std::error_code error;
  const fs::path directory = fs::canonical(run_directory, error);
  if (error) return Error{run_directory.string() + ": " + error.message()};
  const fs::path unfinished = file.string() + ".new-" + std::to_string(::getpid());
  const UniqueFd fd = TRY(open_file(unfinished, O_WRONLY | O_CREAT | O_EXCL));
  auto summary = write_into(fd.get(), directory);
  if (summary && ::fsync(fd.get()) != 0) summary = errno_error("fsync", unfinished, errno);
  if (summary && ::rename(unfinished.c_str(), file.c_str()) != 0)
    summary = errno_error("rename to", file, errno);
  if (!summary) {
    ::unlink(unfinished.c_str());
    return std::move(summary).error().in("write " + file.string());
  }
  return summary;
}

}  // namespace testbed
