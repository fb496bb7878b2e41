#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/golden/tree.h"
#include "orchestrator/base/files.h"

namespace testbed::golden {
namespace {

Answer answer_of(long result) {
  if (result < 0) return {.error = errno, .result = -1};
  return {.result = result};
}

class PosixTree final : public Tree {
 public:
  explicit PosixTree(std::string top) : top_(std::move(top)) {}

  Answer open(const std::string& path, int flags) override {
    return answer_of(::open(at(path).c_str(), flags | O_CLOEXEC, 0644));
  }
  Answer close(long handle) override { return answer_of(::close(fd(handle))); }
  Answer read(long handle, std::size_t size) override {
    std::string text(size, '\0');
    Answer answer = answer_of(::read(fd(handle), text.data(), size));
    text.resize(static_cast<std::size_t>(std::max(0L, answer.result)));
    answer.text = std::move(text);
    return answer;
  }
  Answer read_at(long handle, std::size_t size, long offset) override {
    std::string text(size, '\0');
    Answer answer = answer_of(::pread(fd(handle), text.data(), size, offset));
    text.resize(static_cast<std::size_t>(std::max(0L, answer.result)));
    answer.text = std::move(text);
    return answer;
  }
  Answer write(long handle, const std::string& text) override {
    return answer_of(::write(fd(handle), text.data(), text.size()));
  }
  Answer write_at(long handle, const std::string& text, long offset) override {
    return answer_of(::pwrite(fd(handle), text.data(), text.size(), offset));
  }
  Answer truncate(const std::string& path, long length) override {
    return answer_of(::truncate(at(path).c_str(), length));
  }
  Answer mode(const std::string& path) override {
    struct stat status {};
    Answer answer = answer_of(::lstat(at(path).c_str(), &status));
    if (answer.error == 0) {
      answer.text = mode_text(status.st_mode, status.st_uid, status.st_gid, status.st_nlink);
    }
    return answer;
  }
  Answer size(const std::string& path) override {
    struct stat status {};
    Answer answer = answer_of(::lstat(at(path).c_str(), &status));
    if (answer.error == 0) answer.text = std::to_string(status.st_size);
    return answer;
  }
  Answer list(const std::string& path) override;
  Answer mkdir(const std::string& path, unsigned mode) override {
    return answer_of(::mkdir(at(path).c_str(), mode));
  }
  Answer rmdir(const std::string& path) override { return answer_of(::rmdir(at(path).c_str())); }
  Answer rename(const std::string& path, const std::string& to) override {
    return answer_of(::rename(at(path).c_str(), at(to).c_str()));
  }
  Answer unlink(const std::string& path) override { return answer_of(::unlink(at(path).c_str())); }
  Answer symlink(const std::string& path, const std::string& target) override {
    return answer_of(::symlink(target.c_str(), at(path).c_str()));
  }
  Answer link(const std::string& path, const std::string& to) override {
    return answer_of(::link(at(path).c_str(), at(to).c_str()));
  }
  Answer mknod(const std::string& path) override {
    return answer_of(::mknod(at(path).c_str(), S_IFIFO | 0644, 0));
  }
  Answer chmod(const std::string& path, unsigned mode) override {
    return answer_of(::chmod(at(path).c_str(), mode));
  }
  Answer chown(const std::string& path, unsigned uid, unsigned gid) override {
    return answer_of(::lchown(at(path).c_str(), uid, gid));
  }
  Answer access(const std::string& path, int mask) override {
    // faccessat2 with AT_EACCESS is absent in old gVisor; the real ids are the effective ones here.
    return answer_of(::access(at(path).c_str(), mask));
  }
  Answer getxattr(const std::string& path, const std::string& name) override {
    std::string text(256, '\0');
    Answer answer = answer_of(::getxattr(at(path).c_str(), name.c_str(), text.data(), text.size()));
    text.resize(static_cast<std::size_t>(std::max(0L, answer.result)));
    answer.text = std::move(text);
    return answer;
  }
  Answer setxattr(const std::string& path, const std::string& name,
                  const std::string& text) override {
    return answer_of(::setxattr(at(path).c_str(), name.c_str(), text.data(), text.size(), 0));
  }
  std::string as_user(const std::function<std::string()>& work) override;

 private:
  std::string at(const std::string& path) const { return top_ + "/" + path; }
  static int fd(long handle) { return static_cast<int>(handle); }

  std::string top_;
};

Answer PosixTree::list(const std::string& path) {
  DIR* directory = ::opendir(at(path).c_str());
  if (directory == nullptr) return answer_of(-1);
  std::vector<std::string> lines;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const char* type = entry->d_type == DT_DIR ? "d " : entry->d_type == DT_REG ? "f " : "? ";
    lines.push_back(type + name + "\n");
    errno = 0;
  }
  const int error = errno;
  ::closedir(directory);
  if (error != 0) return {.error = error, .result = -1};
  std::sort(lines.begin(), lines.end());
  Answer answer{.result = static_cast<long>(lines.size())};
  for (const std::string& line : lines) answer.text += line;
  return answer;
}

// In a process of its own: ids of a thread cannot be given up for a while only.
std::string PosixTree::as_user(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return "";
  const pid_t child = ::fork();
  if (child == 0) {
    const gid_t group = kUser;
    const bool dropped = ::setgroups(1, &group) == 0 && ::setresgid(kUser, kUser, kUser) == 0 &&
                         ::setresuid(kUser, kUser, kUser) == 0;
    const std::string text = dropped ? work() : "";
    (void)write_all(ends[1], text);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t count = 0; (count = ::read(ends[0], part, sizeof part)) > 0;) {
    text.append(part, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return text;
}

}  // namespace

std::unique_ptr<Tree> make_posix_tree(std::string top) {
  return std::make_unique<PosixTree>(std::move(top));
}

std::string mode_text(unsigned mode, unsigned uid, unsigned gid, unsigned long links) {
  char text[96];
  std::snprintf(text, sizeof text, "%s %04o owner %u:%u links %lu",
                S_ISDIR(mode)   ? "directory"
                : S_ISREG(mode) ? "file"
                                : "other",
                mode & 07777, uid, gid, links);
  return text;
}

}  // namespace testbed::golden
