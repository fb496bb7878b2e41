#define FUSE_USE_VERSION 312
#include "emulator/cgroupfs/fuse_adapter.h"

#include <fuse_lowlevel.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>

namespace testbed::cgroupfs {
namespace {

// What this thread is about: libfuse passes no place of ours from receiving to handling.
struct ThreadState {
  fuse_buf buffer{};
  const FuseAdapter::Tell* tell = nullptr;
  ~ThreadState() { std::free(buffer.mem); }
};
thread_local ThreadState mine;

// To be called before each reply: once that is sent, the client goes on.
void tell(int error) { (*mine.tell)(error); }

void reply_error(fuse_req_t req, int error) {
  tell(error);
  ::fuse_reply_err(req, error);
}

}  // namespace

struct Handlers {
  static FuseAdapter& self(fuse_req_t req) {
    return *static_cast<FuseAdapter*>(::fuse_req_userdata(req));
  }
  static Hierarchy& tree(fuse_req_t req) { return self(req).hierarchy_; }

  static struct stat stat_of(const Attributes& attributes) {
    struct stat stat {};
    stat.st_ino = attributes.id;
    stat.st_mode = attributes.mode;
    stat.st_nlink = attributes.links;
    stat.st_uid = attributes.uid;
    stat.st_gid = attributes.gid;
    stat.st_size = static_cast<off_t>(attributes.size);
    stat.st_blksize = 4096;
    stat.st_atim = stat.st_mtim = stat.st_ctim = attributes.time;
    return stat;
  }

  // A name that is not there is ENOENT and never the node 0, which FUSE allows for it: gVisor up to
  // 20240807 panics at that.
  static void reply_entry(fuse_req_t req, const Answer<Attributes>& found) {
    if (!found) return reply_error(req, found.error);
    fuse_entry_param entry{};
    entry.ino = found.value.id;
    entry.attr = stat_of(found.value);
    entry.attr_timeout = entry.entry_timeout = self(req).timeout_;
    tell(0);
    ::fuse_reply_entry(req, &entry);
  }

  static void reply_attributes(fuse_req_t req, const Answer<Attributes>& found) {
    if (!found) return reply_error(req, found.error);
    const struct stat stat = stat_of(found.value);
    tell(0);
    ::fuse_reply_attr(req, &stat, self(req).timeout_);
  }

  static void reply_data(fuse_req_t req, std::string_view data) {
    tell(0);
    ::fuse_reply_buf(req, data.data(), data.size());
  }

  static void init(void*, fuse_conn_info* conn) {
    // The requests are to be read whole, so that their headers can be looked at.
    conn->want &= ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ);
  }

  static void lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
    reply_entry(req, tree(req).lookup(parent, name));
  }

  static void getattr(fuse_req_t req, fuse_ino_t id, fuse_file_info*) {
    reply_attributes(req, tree(req).attributes(id));
  }

  // Size and times are taken and forgotten, as control files have neither; O_TRUNC is a SETATTR.
  static void setattr(fuse_req_t req, fuse_ino_t id, struct stat* wish, int set, fuse_file_info*) {
    Change change;
    if (set & FUSE_SET_ATTR_MODE) change.mode = wish->st_mode;
    if (set & FUSE_SET_ATTR_UID) change.uid = wish->st_uid;
    if (set & FUSE_SET_ATTR_GID) change.gid = wish->st_gid;
    reply_attributes(req, tree(req).change(id, change));
  }

  // Who may mount this is root. ENOSYS would make gVisor refuse every use of the file system.
  static void access(fuse_req_t req, fuse_ino_t id, int) {
    reply_error(req, tree(req).attributes(id).error);
  }

  static void open(fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
    if (const auto found = tree(req).attributes(id); !found) return reply_error(req, found.error);
    info->direct_io = 1;  // contents change without the kernel knowing
    tell(0);
    ::fuse_reply_open(req, info);
  }

  static void opendir(fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
    if (const auto found = tree(req).attributes(id); !found) return reply_error(req, found.error);
    tell(0);
    ::fuse_reply_open(req, info);
  }

  static void read(fuse_req_t req, fuse_ino_t id, std::size_t size, off_t offset, fuse_file_info*) {
    const auto text = tree(req).read(id);
    if (!text) return reply_error(req, text.error);
    const std::size_t start = std::min(static_cast<std::size_t>(offset), text.value.size());
    reply_data(req, std::string_view(text.value).substr(start, size));
  }

  // The offset does not matter: one write is one command, and gVisor appends at 0 or 4096.
  static void write(fuse_req_t req, fuse_ino_t id, const char* text, std::size_t size, off_t,
                    fuse_file_info*) {
    const int error = tree(req).write(id, {text, size}, ::fuse_req_ctx(req)->pid);
    if (error != 0) return reply_error(req, error);
    tell(0);
    ::fuse_reply_write(req, size);
  }

  static void nothing(fuse_req_t req, fuse_ino_t, fuse_file_info*) { reply_error(req, 0); }
  static void fsync(fuse_req_t req, fuse_ino_t, int, fuse_file_info*) { reply_error(req, 0); }

  // Offsets are "1", "2" for "." and "..", then node ids: they stay right while names come and go.
  static void readdir(fuse_req_t req, fuse_ino_t id, std::size_t size, off_t offset,
                      fuse_file_info*) {
    auto entries = tree(req).list(id);
    if (!entries) return reply_error(req, entries.error);
    for (Entry& entry : entries.value) entry.id += 1;  // from 3 on: the top is 1, no child is
    entries.value.insert(entries.value.begin(), {{".", 1, true}, {"..", 2, true}});
    std::sort(entries.value.begin(), entries.value.end(),
              [](const Entry& a, const Entry& b) { return a.id < b.id; });
    std::string out;
    for (const Entry& entry : entries.value) {
      if (entry.id <= static_cast<NodeId>(offset)) continue;
      struct stat stat {};
      stat.st_ino = entry.id > 2 ? entry.id - 1 : id;
      stat.st_mode = entry.directory ? S_IFDIR : S_IFREG;
      const std::size_t used = out.size();
      const std::size_t more = ::fuse_add_direntry(req, nullptr, 0, entry.name.c_str(), nullptr, 0);
      if (used + more > size) break;  // whole records only
      out.resize(used + more);
      ::fuse_add_direntry(req, out.data() + used, more, entry.name.c_str(), &stat,
                          static_cast<off_t>(entry.id));
    }
    reply_data(req, out);
  }

  static void statfs(fuse_req_t req, fuse_ino_t) {
    struct statvfs stat {};
    stat.f_bsize = stat.f_frsize = 4096;
    stat.f_namemax = 255;
    tell(0);
    ::fuse_reply_statfs(req, &stat);
  }

  static void mkdir(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t) {
    const fuse_ctx* caller = ::fuse_req_ctx(req);
    reply_entry(req, tree(req).make_group(parent, name, caller->uid, caller->gid));
  }
  static void rmdir(fuse_req_t req, fuse_ino_t parent, const char* name) {
    reply_error(req, tree(req).remove_group(parent, name));
  }
  static void unlink(fuse_req_t req, fuse_ino_t parent, const char* name) {
    reply_error(req, tree(req).unlink(parent, name));
  }
  static void create(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t, fuse_file_info*) {
    reply_error(req, tree(req).make_file(parent, name));
  }
  static void mknod(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
    const int error = tree(req).make_file(parent, name);
    reply_error(req, error == EACCES && !S_ISREG(mode) ? EPERM : error);
  }
  static void rename(fuse_req_t req, fuse_ino_t parent, const char* name, fuse_ino_t, const char*,
                     unsigned) {
    reply_error(req, tree(req).rename(parent, name));
  }
  static void link(fuse_req_t req, fuse_ino_t, fuse_ino_t, const char*) { reply_error(req, EPERM); }
  static void symlink(fuse_req_t req, const char*, fuse_ino_t, const char*) {
    reply_error(req, EPERM);
  }
  static void getxattr(fuse_req_t req, fuse_ino_t, const char*, std::size_t) {
    reply_error(req, ENODATA);
  }
  static void listxattr(fuse_req_t req, fuse_ino_t, std::size_t size) {
    if (size != 0) return reply_data(req, "");
    tell(0);
    ::fuse_reply_xattr(req, 0);
  }

  static fuse_lowlevel_ops table(const std::set<std::string>& names) {
    fuse_lowlevel_ops ops{};
    const auto add = [&](const char* name, auto& slot, auto handler) {
      if (names.contains(name)) slot = handler;
    };
    ops.init = init;
    add("lookup", ops.lookup, lookup);
    add("getattr", ops.getattr, getattr);
    add("setattr", ops.setattr, setattr);
    add("access", ops.access, access);
    add("open", ops.open, open);
    add("read", ops.read, read);
    add("write", ops.write, write);
    add("flush", ops.flush, nothing);
    add("release", ops.release, nothing);
    add("fsync", ops.fsync, fsync);
    add("fsync", ops.fsyncdir, fsync);
    add("opendir", ops.opendir, opendir);
    add("readdir", ops.readdir, readdir);
    add("releasedir", ops.releasedir, nothing);
    add("statfs", ops.statfs, statfs);
    add("mkdir", ops.mkdir, mkdir);
    add("rmdir", ops.rmdir, rmdir);
    add("unlink", ops.unlink, unlink);
    add("create", ops.create, create);
    add("mknod", ops.mknod, mknod);
    add("rename", ops.rename, rename);
    add("link", ops.link, link);
    add("symlink", ops.symlink, symlink);
    add("getxattr", ops.getxattr, getxattr);
    add("listxattr", ops.listxattr, listxattr);
    return ops;
  }
};

Result<std::unique_ptr<FuseAdapter>> FuseAdapter::make(UniqueFd fd, Hierarchy& hierarchy,
                                                       const std::set<std::string>& handlers,
                                                       double timeout_seconds) {
  std::unique_ptr<FuseAdapter> adapter(new FuseAdapter(hierarchy, timeout_seconds));
  const fuse_lowlevel_ops ops = Handlers::table(handlers);
  char name[] = "cgroupfs";
  char* argv[] = {name, nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, argv);
  adapter->session_ = ::fuse_session_new(&args, &ops, sizeof ops, adapter.get());
  if (!adapter->session_) return Error{"libfuse made no session"};
  const std::string path = "/dev/fd/" + std::to_string(fd.get());
  if (::fuse_session_mount(adapter->session_, path.c_str()) != 0)
    return Error{"libfuse did not take " + path};
  adapter->fd_ = fd.release();
  return adapter;
}

FuseAdapter::~FuseAdapter() {
  if (session_) ::fuse_session_destroy(session_);
}

std::span<const std::byte> FuseAdapter::receive() {
  int size = 0;
  do {
    size = ::fuse_session_receive_buf(session_, &mine.buffer);
  } while (size == -EINTR || size == -EAGAIN);
  if (size <= 0) return {};
  return {static_cast<const std::byte*>(mine.buffer.mem), static_cast<std::size_t>(size)};
}

void FuseAdapter::handle(const Tell& tell) {
  mine.tell = &tell;
  ::fuse_session_process_buf(session_, &mine.buffer);
}

}  // namespace testbed::cgroupfs
