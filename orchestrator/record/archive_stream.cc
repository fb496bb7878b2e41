#include "orchestrator/record/archive_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include "orchestrator/base/printable.h"

namespace testbed {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;
constexpr std::size_t kMostToldOf = 20;
constexpr std::size_t kMostOfTheSums = std::size_t{256} << 20;

std::string reason_of(archive* reader) {
  const char* text = ::archive_error_string(reader);
  return text ? printable_line(text) : "no reason given";
}

const char* kind_of(archive_entry* entry) {
  if (::archive_entry_hardlink(entry)) return "a hard link";
  switch (::archive_entry_filetype(entry)) {
    case AE_IFREG:
      return nullptr;
    case AE_IFLNK:
      return "a symbolic link";
    default:
      return "not a file";
  }
}

// In the C locale names that are not ASCII come as bytes or, from pax headers, as UTF-8 only.
std::string path_of(archive_entry* entry) {
  if (const char* bytes = ::archive_entry_pathname(entry)) return bytes;
  const char* utf8 = ::archive_entry_pathname_utf8(entry);
  return utf8 ? utf8 : "";
}

// Whether some unpacker would write it elsewhere than below its own folder.
bool leads_out(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\\') != std::string_view::npos) return true;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (path.substr(start, end - start) == "..") return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

void ArchiveStream::Close::operator()(archive* reader) const { ::archive_read_free(reader); }

ArchiveStream::ArchiveStream(std::unique_ptr<archive, Close> reader, UniqueFd fd, std::string name,
                             ArchiveLimits limits)
    : reader_(std::move(reader)), fd_(std::move(fd)), name_(std::move(name)), limits_(limits) {}

std::unique_ptr<archive, ArchiveStream::Close> ArchiveStream::make_reader() {
  std::unique_ptr<archive, Close> reader(::archive_read_new());
  CHECK(reader != nullptr, "no memory for an archive");
  ::archive_read_support_filter_zstd(reader.get());
  ::archive_read_support_filter_gzip(reader.get());
  ::archive_read_support_format_tar(reader.get());
  return reader;
}

Result<ArchiveStream> ArchiveStream::open(const fs::path& file, ArchiveLimits limits) {
  UniqueFd fd = TRY(open_file(file, O_RDONLY));
  auto reader = make_reader();
  if (::archive_read_open_fd(reader.get(), fd.get(), kBlock) != ARCHIVE_OK)
    return Error{file.string() + ": " + reason_of(reader.get())};
  return ArchiveStream(std::move(reader), std::move(fd), file.string(), limits);
}

Result<ArchiveStream> ArchiveStream::over(std::string_view bytes, std::string name,
                                          ArchiveLimits limits) {
  auto reader = make_reader();
  if (::archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return Error{name + ": " + reason_of(reader.get())};
  return ArchiveStream(std::move(reader), UniqueFd(), std::move(name), limits);
}

std::optional<std::string> ArchiveStream::next() {
  // Passed over by reading: the library's own way would not look at the limits.
  while (in_file_) read();
  while (!cut_) {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(reader_.get(), &entry);
    if (status == ARCHIVE_EOF) {
      tell_absent();
      return std::nullopt;
    }
    if (status == ARCHIVE_RETRY) continue;
    if (!is_usable(status) || !is_within_limits()) return std::nullopt;
    offset_ = 0;
    in_file_ = true;
    const std::string path = path_of(entry);
    if (::archive_entry_filetype(entry) != AE_IFDIR) {
      if (const char* kind = kind_of(entry)) {
        leave_out(path, kind);
      } else if (auto name = accept(path)) {
        if (*name != kSumsName || has_sums_) return begin(std::move(*name));
        take_sums();
        continue;
      }
    }
    while (in_file_) read();
  }
  return std::nullopt;
}

std::optional<std::string_view> ArchiveStream::read() {
  if (!in_file_) return std::nullopt;
  const void* bytes = nullptr;
  std::size_t size = 0;
  std::int64_t offset = 0;
  int status = ARCHIVE_RETRY;
  while (status == ARCHIVE_RETRY)
    status = ::archive_read_data_block(reader_.get(), &bytes, &size, &offset);
  in_file_ = status != ARCHIVE_EOF && is_usable(status) && is_within_limits();
  if (status == ARCHIVE_EOF) check_sum();
  if (in_file_ && offset != offset_) {
    // A hole costs nothing to write and may be as large as one likes; our records have none.
    cut("a file has holes");
    in_file_ = false;
  }
  if (!in_file_) return std::nullopt;
  offset_ += static_cast<std::int64_t>(size);
  const std::string_view piece(static_cast<const char*>(bytes), size);
  if (!member_.empty()) digest_.add(piece);
  return piece;
}

// Files that the sums do not name cannot be checked.
std::string ArchiveStream::begin(std::string name) {
  if (!has_sums_) return name;
  if (sums_.contains(name)) {
    member_ = name;
    digest_ = Sha512();
  } else {
    tell_change(name, "is not in " + std::string(kSumsName));
  }
  return name;
}

void ArchiveStream::take_sums() {
  std::string text;
  while (const auto bytes = read()) {
    if (text.size() < kMostOfTheSums) text += *bytes;
  }
  sums_ = sums_in(text);
  has_sums_ = true;
}

void ArchiveStream::check_sum() {
  if (member_.empty()) return;
  const auto sum = sums_.find(member_);
  if (digest_.finish() != sum->second) tell_change(member_, "is not what was archived");
  sums_.erase(sum);
  member_.clear();
}

void ArchiveStream::tell_absent() {
  for (const auto& [name, sum] : std::exchange(sums_, {}))
    tell_change(name, "was archived and is not there");
}

void ArchiveStream::tell_change(const std::string& name, const std::string& what) {
  changed_ = true;
  if (++changes_ > kMostToldOf) return;
  missing_.push_back(name_ + ": '" + printable_line(name) + "' " + what);
}

// The name below the archive's folder; nothing for what is not a part of one run.
std::optional<std::string> ArchiveStream::accept(const std::string& path) {
  std::string_view rest = path;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  if (path.size() > limits_.longest_name) {
    leave_out(path.substr(0, 80) + "...", "its name is too long");
  } else if (leads_out(rest)) {
    leave_out(path, "its name leads out of the archive");
  } else if (const std::size_t slash = rest.find('/'); slash == std::string_view::npos) {
    leave_out(path, "it is not in the run's folder");
  } else {
    const std::string_view folder = rest.substr(0, slash);
    if (folder_.empty()) folder_ = folder;
    if (folder == folder_) return std::string(rest.substr(slash + 1));
    leave_out(path, "it is not in the run's folder " + printable_line(folder_));
  }
  return std::nullopt;
}

bool ArchiveStream::is_within_limits() {
  const auto expanded = static_cast<std::uint64_t>(::archive_filter_bytes(reader_.get(), 0));
  const auto packed = static_cast<std::uint64_t>(::archive_filter_bytes(reader_.get(), -1));
  if (expanded > limits_.bytes) {
    cut("it expands to more than " + std::to_string(limits_.bytes) + " bytes");
  } else if (expanded > limits_.free_bytes && expanded / limits_.ratio > packed) {
    cut("it expands more than " + std::to_string(limits_.ratio) + "-fold");
  }
  return !cut_;
}

bool ArchiveStream::is_usable(int status) {
  if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return true;
  cut("damaged or cut: " + reason_of(reader_.get()));
  return false;
}

void ArchiveStream::leave_out(const std::string& path, const std::string& why) {
  if (++left_out_ > kMostToldOf) return;
  missing_.push_back(name_ + ": left out '" + printable_line(path) + "': " + why);
  if (left_out_ == kMostToldOf) missing_.push_back(name_ + ": and perhaps more that is left out");
}

void ArchiveStream::cut(const std::string& why) {
  cut_ = true;
  missing_.push_back(name_ + ": not read to its end: " + why);
}

}  // namespace testbed
