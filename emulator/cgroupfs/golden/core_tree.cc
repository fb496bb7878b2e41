#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>

#include "emulator/cgroupfs/golden/tree.h"
#include "emulator/cgroupfs/served.h"

namespace testbed::golden {
namespace {

template <class T>
Answer answer_of(const Reply<T>& reply) {
  return {.error = reply.error(), .result = reply ? 0 : -1};
}
Answer answer_of(int error) { return {.error = error, .result = error == 0 ? 0 : -1}; }

// Does what a kernel does before it asks a file system: walks the path, and keeps open files with
// their places.
class CoreTree final : public Tree {
 public:
  explicit CoreTree(const Layout& layout) : served_(processes_, layout) {}

  Answer open(const std::string& path, int flags) override;
  Answer close(long handle) override {
    served_.close(open_.at(handle).handle);
    open_.erase(handle);
    return {};
  }
  Answer read(long handle, std::size_t size) override {
    const Answer answer = read_at(handle, size, open_.at(handle).place);
    if (answer.error == 0) open_.at(handle).place += answer.result;
    return answer;
  }
  Answer read_at(long handle, std::size_t size, long offset) override;
  Answer write(long handle, const std::string& text) override {
    const int error = served_.write(open_.at(handle).node, open_.at(handle).handle, text, caller_);
    if (error != 0) return answer_of(error);
    return {.result = static_cast<long>(text.size())};
  }
  Answer write_at(long handle, const std::string& text, long) override {
    return write(handle, text);
  }
  Answer truncate(const std::string& path, long) override {
    const auto found = find(path);
    if (!found) return answer_of(found);
    if (found->directory) return answer_of(EISDIR);
    if (const int error = served_.check_access(found->id, W_OK, caller_)) return answer_of(error);
    return answer_of(served_.change(found->id, {}));
  }
  Answer mode(const std::string& path) override {
    const auto found = find(path);
    if (!found) return answer_of(found);
    const unsigned type = found->directory ? S_IFDIR : S_IFREG;
    return {.text = mode_text(type | found->permissions.mode, found->permissions.uid,
                              found->permissions.gid, found->directory ? 2 : 1)};
  }
  Answer size(const std::string& path) override {
    const auto found = find(path);
    if (!found) return answer_of(found);
    return {.text = std::to_string(found->size)};
  }
  Answer list(const std::string& path) override;
  Answer mkdir(const std::string& path, unsigned mode) override {
    return in_parent(path, W_OK, [&](NodeId parent, const std::string& name) {
      return answer_of(served_.make_group(parent, name, mode & ~022U, caller_));
    });
  }
  Answer rmdir(const std::string& path) override {
    // A kernel looks the name up first.
    return of_known(path, [&](NodeId parent, const std::string& name) {
      return served_.remove_group(parent, name);
    });
  }
  Answer unlink(const std::string& path) override {
    return of_known(
        path, [&](NodeId parent, const std::string& name) { return served_.unlink(parent, name); });
  }
  Answer rename(const std::string& path, const std::string& to) override {
    return of_known(path, [&](NodeId from, const std::string& name) {
      return in_parent(to, W_OK,
                       [&](NodeId parent, const std::string& new_name) {
                         return answer_of(served_.rename(from, name, parent, new_name));
                       })
          .error;
    });
  }
  Answer symlink(const std::string& path, const std::string&) override {
    return refused(path, EPERM);
  }
  Answer link(const std::string& path, const std::string& to) override {
    if (const auto found = find(path); !found) return answer_of(found);
    return refused(to, EPERM);
  }
  Answer mknod(const std::string& path) override { return refused(path, EPERM); }
  Answer chmod(const std::string& path, unsigned mode) override {
    return change(path, {.mode = mode});
  }
  Answer chown(const std::string& path, unsigned uid, unsigned gid) override {
    return change(path, {.uid = uid, .gid = gid});
  }
  Answer access(const std::string& path, int mask) override {
    const auto found = find(path);
    if (!found) return answer_of(found);
    return answer_of(served_.check_access(found->id, mask, caller_));
  }
  Answer getxattr(const std::string& path, const std::string&) override {
    const auto found = find(path);
    return found ? answer_of(ENODATA) : answer_of(found);
  }
  Answer setxattr(const std::string& path, const std::string&, const std::string&) override {
    const auto found = find(path);
    return found ? answer_of(EOPNOTSUPP) : answer_of(found);
  }
  std::string as_user(const std::function<std::string()>& work) override {
    caller_ = {::getpid(), kUser, kUser};
    std::string text = work();
    caller_ = {::getpid(), 0, 0};
    return text;
  }

 private:
  struct OpenFile {
    NodeId node;
    std::uint64_t handle;
    long place = 0;
  };

  // The directory that holds the last name of the path, and that name.
  Reply<std::pair<NodeId, std::string>> parent_of(const std::string& path);
  Reply<Attributes> find(const std::string& path);

  template <class Work>
  Answer in_parent(const std::string& path, int mask, const Work& work) {
    const auto parent = parent_of(path);
    if (!parent) return answer_of(parent);
    const bool known = static_cast<bool>(served_.lookup(parent->first, parent->second));
    const int refused = served_.check_access(parent->first, mask | X_OK, caller_);
    if (refused != 0 && !known) return answer_of(refused);
    return work(parent->first, parent->second);
  }
  template <class Work>
  Answer of_known(const std::string& path, const Work& work) {
    const auto found = find(path);
    if (!found) return answer_of(found);
    const auto parent = parent_of(path);
    if (const int error = served_.check_access(parent->first, W_OK | X_OK, caller_)) {
      return answer_of(error);
    }
    return answer_of(work(parent->first, parent->second));
  }
  Answer refused(const std::string& path, int refusal) {
    return in_parent(path, W_OK, [&](NodeId parent, const std::string& name) {
      return answer_of(served_.refuse(parent, name, refusal));
    });
  }
  Answer change(const std::string& path, const AttributeChange& wanted) {
    const auto found = find(path);
    if (!found) return answer_of(found);
    if (caller_.uid != 0 && caller_.uid != found->permissions.uid) return answer_of(EPERM);
    return answer_of(served_.change(found->id, wanted));
  }

  HostProcesses processes_{};
  Served served_;
  Caller caller_{::getpid(), 0, 0};
  long last_ = 0;
  std::map<long, OpenFile> open_{};
};

Reply<std::pair<NodeId, std::string>> CoreTree::parent_of(const std::string& path) {
  NodeId directory = kTop;
  std::size_t start = 0;
  while (true) {
    const std::size_t slash = path.find('/', start);
    if (slash == std::string::npos) return std::pair(directory, path.substr(start));
    const std::string name = path.substr(start, slash - start);
    start = slash + 1;
    if (name.empty() || name == ".") continue;
    const auto found = served_.lookup(directory, name);
    if (!found) return Errno{found.error()};
    if (!found->directory) return Errno{ENOTDIR};
    if (const int error = served_.check_access(found->id, X_OK, caller_)) return Errno{error};
    directory = found->id;
  }
}

Reply<Attributes> CoreTree::find(const std::string& path) {
  const auto parent = parent_of(path);
  if (!parent) return Errno{parent.error()};
  if (parent->second.empty() || parent->second == ".") return served_.attributes(parent->first);
  return served_.lookup(parent->first, parent->second);
}

Answer CoreTree::open(const std::string& path, int flags) {
  const auto found = find(path);
  const int way = flags & O_ACCMODE;
  if (!found && found.error() == ENOENT && (flags & O_CREAT) != 0) return refused(path, EACCES);
  if (!found) return answer_of(found);
  if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return answer_of(EEXIST);
  if (found->directory && way != O_RDONLY) return answer_of(EISDIR);
  if (!found->directory && (flags & O_DIRECTORY) != 0) return answer_of(ENOTDIR);
  const int mask = way == O_RDONLY ? R_OK : way == O_WRONLY ? W_OK : R_OK | W_OK;
  if (const int error = served_.check_access(found->id, mask, caller_)) return answer_of(error);
  const auto handle = served_.open(found->id, caller_);
  if (!handle) return answer_of(handle);
  open_[++last_] = {found->id, *handle};
  return {.result = last_};
}

Answer CoreTree::read_at(long handle, std::size_t size, long offset) {
  const OpenFile& file = open_.at(handle);
  const auto text =
      served_.read(file.node, file.handle, static_cast<std::uint64_t>(offset), size, caller_);
  if (!text) return answer_of(text);
  return {.result = static_cast<long>(text->size()), .text = *text};
}

Answer CoreTree::list(const std::string& path) {
  const auto found = find(path);
  if (!found) return answer_of(found);
  if (!found->directory) return answer_of(ENOTDIR);
  const auto entries = served_.list(found->id);
  if (!entries) return answer_of(entries);
  std::vector<std::string> lines;
  for (const Entry& entry : *entries) {
    lines.push_back((entry.directory ? "d " : "f ") + entry.name + "\n");
  }
  std::sort(lines.begin(), lines.end());
  Answer answer{.result = static_cast<long>(lines.size())};
  for (const std::string& line : lines) answer.text += line;
  return answer;
}

}  // namespace

std::unique_ptr<Tree> make_core_tree(const std::string& layout) {
  const Layout* found = find_layout(layout);
  return found == nullptr ? nullptr : std::make_unique<CoreTree>(*found);
}

}  // namespace testbed::golden
