#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace testbed::golden {

// What an operation gave: 0 or errno; a count or a handle; what was read.
struct Answer {
  int error = 0;
  long result = 0;
  std::string text{};
};

// A cgroup tree that operations are carried out on. Paths are relative to its top, which holds a
// directory per hierarchy (v1) or is the root group (v2).
class Tree {
 public:
  virtual ~Tree() = default;

  virtual Answer open(const std::string& path, int flags) = 0;  // a handle
  virtual Answer close(long handle) = 0;
  virtual Answer read(long handle, std::size_t size) = 0;  // from where the last one ended
  virtual Answer read_at(long handle, std::size_t size, long offset) = 0;
  virtual Answer write(long handle, const std::string& text) = 0;
  virtual Answer write_at(long handle, const std::string& text, long offset) = 0;
  virtual Answer truncate(const std::string& path, long length) = 0;
  virtual Answer mode(const std::string& path) = 0;
  virtual Answer size(const std::string& path) = 0;
  virtual Answer list(const std::string& path) = 0;  // a line for each: type and name, sorted
  virtual Answer mkdir(const std::string& path, unsigned mode) = 0;
  virtual Answer rmdir(const std::string& path) = 0;
  virtual Answer rename(const std::string& path, const std::string& to) = 0;
  virtual Answer unlink(const std::string& path) = 0;
  virtual Answer symlink(const std::string& path, const std::string& target) = 0;
  virtual Answer link(const std::string& path, const std::string& to) = 0;
  virtual Answer mknod(const std::string& path) = 0;
  virtual Answer chmod(const std::string& path, unsigned mode) = 0;
  virtual Answer chown(const std::string& path, unsigned uid, unsigned gid) = 0;
  virtual Answer access(const std::string& path, int mask) = 0;
  virtual Answer getxattr(const std::string& path, const std::string& name) = 0;
  virtual Answer setxattr(const std::string& path, const std::string& name,
                          const std::string& text) = 0;

  // Carries `work` out without privileges; what it gives comes back as text.
  virtual std::string as_user(const std::function<std::string()>& work) = 0;
};

inline constexpr unsigned kUser = 65534;  // nobody

// Below a directory, by system calls.
std::unique_ptr<Tree> make_posix_tree(std::string top);
// The emulator itself, without a kernel between: "v1" or "v2".
std::unique_ptr<Tree> make_core_tree(const std::string& layout);

// "drwxr-xr-x" in words.
std::string mode_text(unsigned mode, unsigned uid, unsigned gid, unsigned long links);

}  // namespace testbed::golden
