#include "orchestrator/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

Result<> remove_entry(const fs::path& path, dev_t device) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return errno_error("stat", path, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("unlink", path, errno);
    return {};
  }
  if (status.st_dev != device) return Error{path.string() + " is a mount point: not removed"};
  for (const std::string& name : list_directory(path)) TRY(remove_entry(path / name, device));
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return errno_error("rmdir", path, errno);
  return {};
}

}  // namespace

Error errno_error(std::string_view doing, const fs::path& path, int error) {
  return {std::string(doing) + " " + path.string() + ": " + errno_text(error)};
}

Result<UniqueFd> open_file(const fs::path& path, int flags, unsigned mode) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) return errno_error("open", path, errno);
  return fd;
}

Result<std::string> read_file(const fs::path& path, std::size_t limit) {
  const UniqueFd fd = TRY(open_file(path, O_RDONLY));
  std::string content;
  char buffer[65536];
  while (true) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("read", path, errno);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return Error{path.string() + " is larger than " + std::to_string(limit) + " bytes"};
    }
  }
}

std::string read_part(const fs::path& path, std::size_t offset, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content(limit, '\0');
  std::size_t filled = 0;
  while (fd.valid() && filled < limit) {
    const ssize_t count = ::pread(fd.get(), content.data() + filled, limit - filled,
                                  static_cast<off_t>(offset + filled));
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return content;
}

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{"write: " + errno_text(errno)};
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> write_file(const fs::path& path, std::string_view content) {
  const UniqueFd fd = TRY(open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
  if (auto written = write_all(fd.get(), content); !written) {
    return std::move(written).error().in(path.string());
  }
  return {};
}

Result<> write_file_atomically(const fs::path& path, std::string_view content) {
  std::string temporary = path.string() + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return errno_error("create", temporary, errno);
  ::fchmod(fd.get(), 0644);
  auto written = write_all(fd.get(), content);
  if (written && ::fsync(fd.get()) != 0) written = Error{"fsync: " + errno_text(errno)};
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = Error{"rename: " + errno_text(errno)};
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return std::move(written).error().in("writing " + path.string());
  }
  return {};
}

Result<> make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return errno_error("create directory", path, error.value());
  return {};
}

Result<> remove_tree(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  return remove_entry(path, status.st_dev);
}

std::vector<std::string> list_directory(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    fs::path candidate = fs::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace testbed
