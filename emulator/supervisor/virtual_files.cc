#include "emulator/supervisor/virtual_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "emulator/supervisor/mount_table.h"
#include "emulator/supervisor/path_map.h"
#include "orchestrator/base/files.h"

namespace testbed::supervisor {
namespace {

constexpr std::string_view kName = "supervisor:";
constexpr std::size_t kMostName = 249;  // memfd_create(2)
constexpr std::size_t kMostTable = std::size_t{64} << 20;

std::optional<MountTable> table_at(const std::string& path) {
  for (const char* const place : {"/proc/*/", "/proc/*/task/*/"}) {
    const std::string pattern(place);
    if (is_pattern(path, pattern + "mountinfo")) return MountTable::Mountinfo;
    if (is_pattern(path, pattern + "mounts")) return MountTable::Mounts;
  }
  return std::nullopt;
}

std::string device_of(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return "0:0";
  return std::to_string(major(about.st_dev)) + ":" + std::to_string(minor(about.st_dev));
}

}  // namespace

const VirtualFile* VirtualFiles::find_file(const std::string& shown) const {
  for (const VirtualFile& file : files_) {
    if (is_pattern(shown, file.path)) return &file;
  }
  return nullptr;
}

std::optional<Served> VirtualFiles::find(const std::string& shown, const std::string& kept) const {
  if (const VirtualFile* file = find_file(shown)) {
    return Served{.content = file->content, .command = file->command};
  }
  if (mounts_.empty()) return std::nullopt;
  const auto form = table_at(shown);
  if (!form) return std::nullopt;
  const auto table = read_file(kept, kMostTable);
  if (!table) return std::nullopt;  // no longer there, or not for us: the kernel says so itself
  return Served{.content = change_mounts(*form, *table, mounts_, device_of)};
}

std::optional<std::size_t> VirtualFiles::size_of(const std::string& shown) const {
  const VirtualFile* file = find_file(shown);
  if (file == nullptr || !file->command.empty()) return std::nullopt;
  return file->content.size();
}

std::string memory_file_name(const std::string& path) {
  return (std::string(kName) + path).substr(0, kMostName);
}

std::string path_of_memory_file(const std::string& link_text) {
  std::string_view text = link_text;
  constexpr std::string_view kBefore = "/memfd:", kAfter = " (deleted)";
  if (!text.starts_with(kBefore)) return "";
  text.remove_prefix(kBefore.size());
  if (!text.starts_with(kName)) return "";
  text.remove_prefix(kName.size());
  if (text.ends_with(kAfter)) text.remove_suffix(kAfter.size());
  return std::string(text);
}

int fill_memory_file(pid_t tid, int fd, const std::string& content) {
  const std::string link = "/proc/" + std::to_string(tid) + "/fd/" + std::to_string(fd);
  const UniqueFd file(::open(link.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) return errno;
  if (!write_all(file.get(), content)) return EIO;
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  return ::fcntl(file.get(), F_ADD_SEALS, kSeals) == 0 ? 0 : errno;
}

}  // namespace testbed::supervisor
