#include "emulator/cgroupfs/fuse_adapter.h"

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace testbed {
namespace {

FuseAdapter& adapter_of(fuse_req_t req) {
  return *static_cast<FuseAdapter*>(fuse_req_userdata(req));
}
FileTree& tree_of(fuse_req_t req) { return adapter_of(req).tree(); }
NodeId node_of(fuse_req_t req, fuse_ino_t asked) { return adapter_of(req).node(asked); }

Caller caller_of(fuse_req_t req) {
  const fuse_ctx* context = fuse_req_ctx(req);
  return {context->pid, context->uid, context->gid};
}

struct stat stat_of(const Attributes& attributes) {
  struct stat status {};
  status.st_ino = attributes.id;
  const mode_t kind = attributes.directory ? S_IFDIR : attributes.link ? S_IFLNK : S_IFREG;
  status.st_mode = kind | attributes.permissions.mode;
  status.st_nlink = attributes.directory ? 2 : 1;
  status.st_uid = attributes.permissions.uid;
  status.st_gid = attributes.permissions.gid;
  status.st_size = static_cast<off_t>(attributes.size);
  status.st_blksize = 4096;
  status.st_atime = status.st_mtime = status.st_ctime = attributes.created;
  return status;
}

void reply_entry(fuse_req_t req, const Reply<Attributes>& found) {
  // An absent name is an error, never node id 0: a negative entry ends the whole sandbox on gVisor
  // up to 20240807.
  if (!found) return void(fuse_reply_err(req, found.error()));
  fuse_entry_param entry{};
  entry.ino = found->id;
  entry.generation = 1;
  entry.attr = stat_of(*found);
  entry.attr_timeout = entry.entry_timeout = adapter_of(req).timeout_seconds();
  fuse_reply_entry(req, &entry);
}

void reply_attributes(fuse_req_t req, const Reply<Attributes>& found) {
  if (!found) return void(fuse_reply_err(req, found.error()));
  const struct stat status = stat_of(*found);
  fuse_reply_attr(req, &status, adapter_of(req).timeout_seconds());
}

void on_init(void*, fuse_conn_info* connection) {
  connection->max_write = FuseAdapter::kMaxWrite;
  // Requests are read and answered by plain read(2) and writev(2).
  connection->want &=
      ~(static_cast<unsigned>(FUSE_CAP_SPLICE_READ) | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

void on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  reply_entry(req, tree_of(req).lookup(node_of(req, parent), name));
}

void on_getattr(fuse_req_t req, fuse_ino_t node, fuse_file_info*) {
  reply_attributes(req, tree_of(req).attributes(node_of(req, node)));
}

// Answered with attributes whatever is asked: gVisor turns O_TRUNC into SETATTR, and truncating a
// control file succeeds and does nothing.
void on_setattr(fuse_req_t req, fuse_ino_t node, struct stat* wanted, int fields, fuse_file_info*) {
  AttributeChange change;
  if (fields & FUSE_SET_ATTR_MODE) change.mode = wanted->st_mode;
  if (fields & FUSE_SET_ATTR_UID) change.uid = wanted->st_uid;
  if (fields & FUSE_SET_ATTR_GID) change.gid = wanted->st_gid;
  reply_attributes(req, tree_of(req).change(node_of(req, node), change));
}

void on_access(fuse_req_t req, fuse_ino_t node, int mask) {
  fuse_reply_err(req, tree_of(req).check_access(node_of(req, node), mask, caller_of(req)));
}

void on_open(fuse_req_t req, fuse_ino_t node, fuse_file_info* info) {
  const auto handle = tree_of(req).open(node_of(req, node), caller_of(req));
  if (!handle) return void(fuse_reply_err(req, handle.error()));
  info->fh = *handle;
  info->direct_io = 1;  // reads end where the text ends, not at the claimed size
  info->noflush = adapter_of(req).spares_flush() ? 1 : 0;
  // The opener was interrupted: nobody will send RELEASE.
  if (fuse_reply_open(req, info) == -ENOENT) tree_of(req).close(*handle);
}

void on_read(fuse_req_t req, fuse_ino_t node, std::size_t size, off_t offset,
             fuse_file_info* info) {
  const auto text = tree_of(req).read(node_of(req, node), info->fh,
                                      static_cast<std::uint64_t>(offset), size, caller_of(req));
  if (!text) return void(fuse_reply_err(req, text.error()));
  fuse_reply_buf(req, text->data(), text->size());
}

// One write is one command wherever it is said to go: gVisor sends O_APPEND at the claimed size.
void on_write(fuse_req_t req, fuse_ino_t node, const char* text, std::size_t size, off_t,
              fuse_file_info* info) {
  FileTree& tree = tree_of(req);  // the answer takes the request away
  const int error = tree.write(node_of(req, node), info->fh, {text, size}, caller_of(req));
  error != 0 ? fuse_reply_err(req, error) : fuse_reply_write(req, size);
  tree.write_answered();
}

// What the kernel waits with comes back with the wake-up; libfuse owns it until then.
void on_poll(fuse_req_t req, fuse_ino_t node, fuse_file_info* info, fuse_pollhandle* handle) {
  FileTree::Wake wake;
  if (handle != nullptr) {
    const std::shared_ptr<fuse_pollhandle> kept(handle, fuse_pollhandle_destroy);
    wake = [kept] { fuse_lowlevel_notify_poll(kept.get()); };
  }
  const auto events = tree_of(req).poll(node_of(req, node), info->fh, std::move(wake));
  events ? fuse_reply_poll(req, *events) : fuse_reply_err(req, events.error());
}

void on_flush(fuse_req_t req, fuse_ino_t, fuse_file_info*) { fuse_reply_err(req, 0); }

void on_release(fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
  tree_of(req).close(info->fh);
  fuse_reply_err(req, 0);
}

void on_fsync(fuse_req_t req, fuse_ino_t, int, fuse_file_info*) { fuse_reply_err(req, 0); }

void on_opendir(fuse_req_t req, fuse_ino_t node, fuse_file_info* info) {
  const auto found = tree_of(req).attributes(node_of(req, node));
  if (!found) return void(fuse_reply_err(req, found.error()));
  if (!found->directory) return void(fuse_reply_err(req, ENOTDIR));
  fuse_reply_open(req, info);
}

// Whole records only, each with the place where the listing goes on after it: gVisor up to 20260721
// loses what is cut. Places are ids, so that what is made or removed meanwhile shifts nothing.
void on_readdir(fuse_req_t req, fuse_ino_t node, std::size_t size, off_t offset, fuse_file_info*) {
  auto entries = tree_of(req).list(node_of(req, node));
  if (!entries) return void(fuse_reply_err(req, entries.error()));
  constexpr off_t kFirstPlace = 2;  // of the two dots
  std::string buffer(std::min<std::size_t>(size, FuseAdapter::kMaxWrite), '\0');
  std::size_t used = 0;
  const auto add = [&](const std::string& name, NodeId id, bool directory, off_t place) {
    if (place <= offset) return true;
    struct stat status {};
    status.st_ino = id;
    status.st_mode = directory ? S_IFDIR : S_IFREG;
    const std::size_t length = fuse_add_direntry(req, buffer.data() + used, buffer.size() - used,
                                                 name.c_str(), &status, place);
    if (length > buffer.size() - used) return false;
    used += length;
    return true;
  };
  bool room = add(".", node, true, 1) && add("..", node, true, kFirstPlace);
  for (const Entry& entry : *entries) {
    room = room &&
           add(entry.name, entry.id, entry.directory, static_cast<off_t>(entry.id) + kFirstPlace);
  }
  fuse_reply_buf(req, buffer.data(), used);
}

void on_releasedir(fuse_req_t req, fuse_ino_t, fuse_file_info*) { fuse_reply_err(req, 0); }

void on_statfs(fuse_req_t req, fuse_ino_t) {
  struct statvfs status {};
  status.f_bsize = status.f_frsize = 4096;
  status.f_namemax = 255;
  fuse_reply_statfs(req, &status);
}

void on_mkdir(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode) {
  reply_entry(req, tree_of(req).make_group(node_of(req, parent), name, mode, caller_of(req)));
}

void on_rmdir(fuse_req_t req, fuse_ino_t parent, const char* name) {
  fuse_reply_err(req, tree_of(req).remove_group(node_of(req, parent), name));
}

void on_unlink(fuse_req_t req, fuse_ino_t parent, const char* name) {
  fuse_reply_err(req, tree_of(req).unlink(node_of(req, parent), name));
}

// Files cannot be made in a cgroup file system: cgroup_file_inode_operations has no way to.
void on_create(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t, fuse_file_info*) {
  fuse_reply_err(req, tree_of(req).refuse(node_of(req, parent), name, EACCES));
}

// Regular files come this way where CREATE is not known; other kinds kernfs cannot have at all.
void on_mknod(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
  const int refusal = S_ISREG(mode) ? EACCES : EPERM;
  fuse_reply_err(req, tree_of(req).refuse(node_of(req, parent), name, refusal));
}

void on_rename(fuse_req_t req, fuse_ino_t from, const char* name, fuse_ino_t to,
               const char* new_name, unsigned) {
  fuse_reply_err(req, tree_of(req).rename(node_of(req, from), name, node_of(req, to), new_name));
}

void on_link(fuse_req_t req, fuse_ino_t, fuse_ino_t to, const char* name) {
  fuse_reply_err(req, tree_of(req).refuse(node_of(req, to), name, EPERM));
}

void on_symlink(fuse_req_t req, const char*, fuse_ino_t parent, const char* name) {
  fuse_reply_err(req, tree_of(req).refuse(node_of(req, parent), name, EPERM));
}

void on_readlink(fuse_req_t req, fuse_ino_t node) {
  const auto target = tree_of(req).read_link(node_of(req, node));
  target ? fuse_reply_readlink(req, target->c_str()) : fuse_reply_err(req, target.error());
}

void on_getxattr(fuse_req_t req, fuse_ino_t, const char*, std::size_t) {
  fuse_reply_err(req, ENODATA);
}

void on_listxattr(fuse_req_t req, fuse_ino_t, std::size_t size) {
  size == 0 ? fuse_reply_xattr(req, 0) : fuse_reply_buf(req, nullptr, 0);
}

fuse_lowlevel_ops operations(const Handlers& handlers) {
  fuse_lowlevel_ops table{};
  table.init = on_init;
  const auto pick = [&](const char* name, auto& slot, auto handler) {
    if (handlers.contains(name)) slot = handler;
  };
  pick("lookup", table.lookup, on_lookup);
  pick("getattr", table.getattr, on_getattr);
  pick("setattr", table.setattr, on_setattr);
  pick("access", table.access, on_access);
  pick("open", table.open, on_open);
  pick("read", table.read, on_read);
  pick("write", table.write, on_write);
  pick("flush", table.flush, on_flush);
  pick("release", table.release, on_release);
  pick("fsync", table.fsync, on_fsync);
  pick("opendir", table.opendir, on_opendir);
  pick("readdir", table.readdir, on_readdir);
  pick("releasedir", table.releasedir, on_releasedir);
  pick("statfs", table.statfs, on_statfs);
  pick("mkdir", table.mkdir, on_mkdir);
  pick("rmdir", table.rmdir, on_rmdir);
  pick("unlink", table.unlink, on_unlink);
  pick("create", table.create, on_create);
  pick("mknod", table.mknod, on_mknod);
  pick("rename", table.rename, on_rename);
  pick("link", table.link, on_link);
  pick("symlink", table.symlink, on_symlink);
  pick("readlink", table.readlink, on_readlink);
  pick("poll", table.poll, on_poll);
  pick("getxattr", table.getxattr, on_getxattr);
  pick("listxattr", table.listxattr, on_listxattr);
  return table;
}

ssize_t send_parts(int, iovec* parts, int count, void* adapter) {
  return static_cast<FuseAdapter*>(adapter)->send(parts, count);
}

// Never called: the owner of the device reads it, and hands requests to process().
ssize_t read_nothing(int, void*, std::size_t, void*) {
  errno = ENOSYS;
  return -1;
}

}  // namespace

Result<std::unique_ptr<FuseAdapter>> FuseAdapter::make(UniqueFd device, const Options& options,
                                                       FileTree& tree, NodeId root, Send send) {
  std::unique_ptr<FuseAdapter> adapter(new FuseAdapter(tree, root, std::move(send), options));
  char name[] = "cgroupfs";
  char* words[] = {name, nullptr};
  fuse_args arguments = FUSE_ARGS_INIT(1, words);
  const fuse_lowlevel_ops table = operations(options.handlers);
  adapter->session_ = fuse_session_new(&arguments, &table, sizeof table, adapter.get());
  fuse_opt_free_args(&arguments);  // libfuse has put a copy in place of ours
  if (adapter->session_ == nullptr) return Error{"libfuse made no session"};
  fuse_custom_io io{};
  io.writev = send_parts;
  io.read = read_nothing;
  if (fuse_session_custom_io(adapter->session_, &io, device.get()) != 0) {
    return Error{"libfuse did not take the device"};
  }
  adapter->device_ = device.release();
  return adapter;
}

FuseAdapter::~FuseAdapter() {
  if (session_ != nullptr) fuse_session_destroy(session_);  // closes the device
}

void FuseAdapter::process(std::span<char> request) {
  fuse_buf buffer{};
  buffer.size = request.size();
  buffer.mem = request.data();
  fuse_session_process_buf(session_, &buffer);
}

}  // namespace testbed
