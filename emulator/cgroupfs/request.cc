#include "emulator/cgroupfs/request.h"

#include <linux/fuse.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace testbed::cgroupfs {
namespace {

constexpr std::size_t kNoName = SIZE_MAX;

struct Operation {
  std::uint32_t opcode;
  const char* name;
  std::size_t before_name = kNoName;  // bytes between the header and a name
};

constexpr Operation kOperations[] = {
    {FUSE_LOOKUP, "LOOKUP", 0},
    {FUSE_FORGET, "FORGET"},
    {FUSE_GETATTR, "GETATTR"},
    {FUSE_SETATTR, "SETATTR"},
    {FUSE_READLINK, "READLINK"},
    {FUSE_SYMLINK, "SYMLINK", 0},
    {FUSE_MKNOD, "MKNOD", sizeof(fuse_mknod_in)},
    {FUSE_MKDIR, "MKDIR", sizeof(fuse_mkdir_in)},
    {FUSE_UNLINK, "UNLINK", 0},
    {FUSE_RMDIR, "RMDIR", 0},
    {FUSE_RENAME, "RENAME", sizeof(fuse_rename_in)},
    {FUSE_LINK, "LINK", sizeof(fuse_link_in)},
    {FUSE_OPEN, "OPEN"},
    {FUSE_READ, "READ"},
    {FUSE_WRITE, "WRITE"},
    {FUSE_STATFS, "STATFS"},
    {FUSE_RELEASE, "RELEASE"},
    {FUSE_FSYNC, "FSYNC"},
    {FUSE_SETXATTR, "SETXATTR"},
    {FUSE_GETXATTR, "GETXATTR", sizeof(fuse_getxattr_in)},
    {FUSE_LISTXATTR, "LISTXATTR"},
    {FUSE_REMOVEXATTR, "REMOVEXATTR", 0},
    {FUSE_FLUSH, "FLUSH"},
    {FUSE_INIT, "INIT"},
    {FUSE_OPENDIR, "OPENDIR"},
    {FUSE_READDIR, "READDIR"},
    {FUSE_RELEASEDIR, "RELEASEDIR"},
    {FUSE_FSYNCDIR, "FSYNCDIR"},
    {FUSE_GETLK, "GETLK"},
    {FUSE_SETLK, "SETLK"},
    {FUSE_SETLKW, "SETLKW"},
    {FUSE_ACCESS, "ACCESS"},
    {FUSE_CREATE, "CREATE", sizeof(fuse_create_in)},
    {FUSE_INTERRUPT, "INTERRUPT"},
    {FUSE_BMAP, "BMAP"},
    {FUSE_DESTROY, "DESTROY"},
    {FUSE_IOCTL, "IOCTL"},
    {FUSE_POLL, "POLL"},
    {FUSE_NOTIFY_REPLY, "NOTIFY_REPLY"},
    {FUSE_BATCH_FORGET, "BATCH_FORGET"},
    {FUSE_FALLOCATE, "FALLOCATE"},
    {FUSE_READDIRPLUS, "READDIRPLUS"},
    {FUSE_RENAME2, "RENAME2", sizeof(fuse_rename2_in)},
    {FUSE_LSEEK, "LSEEK"},
    {FUSE_COPY_FILE_RANGE, "COPY_FILE_RANGE"},
};

const Operation* find(std::uint32_t opcode) {
  const auto* found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                   [&](const Operation& row) { return row.opcode == opcode; });
  return found == std::end(kOperations) ? nullptr : found;
}

}  // namespace

bool Request::is_init() const { return opcode == FUSE_INIT; }

bool Request::wants_answer() const {
  return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT &&
         opcode != FUSE_NOTIFY_REPLY;
}

Request parse_request(std::span<const std::byte> bytes) {
  fuse_in_header header{};
  if (bytes.size() < sizeof header) return {};
  std::memcpy(&header, bytes.data(), sizeof header);
  Request request{
      .opcode = header.opcode, .unique = header.unique, .node = header.nodeid, .pid = header.pid};
  const Operation* operation = find(header.opcode);
  if (!operation || operation->before_name == kNoName) return request;
  const std::size_t start = sizeof header + operation->before_name;
  if (start >= bytes.size()) return request;
  const char* name = reinterpret_cast<const char*>(bytes.data() + start);
  request.name.assign(name, ::strnlen(name, bytes.size() - start));
  return request;
}

std::string opcode_name(std::uint32_t opcode) {
  const Operation* operation = find(opcode);
  return operation ? operation->name : "OP" + std::to_string(opcode);
}

std::uint32_t find_opcode(std::string_view name) {
  for (const Operation& row : kOperations)
    if (std::equal(name.begin(), name.end(), row.name, row.name + std::strlen(row.name),
                   [](unsigned char a, unsigned char b) { return std::toupper(a) == b; }))
      return row.opcode;
  return 0;
}

std::set<std::uint32_t> handled_opcodes(const std::set<std::string>& handlers) {
  std::set<std::uint32_t> opcodes;
  for (const std::string& name : handlers) opcodes.insert(find_opcode(name));
  if (handlers.contains("fsync")) opcodes.insert(FUSE_FSYNCDIR);
  return opcodes;
}

int answer_without_handler(std::uint32_t opcode) {
  switch (opcode) {
    case FUSE_INIT:
    case FUSE_OPEN:
    case FUSE_RELEASE:
    case FUSE_STATFS:
    case FUSE_OPENDIR:
    case FUSE_RELEASEDIR:
    case FUSE_DESTROY:
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
    case FUSE_NOTIFY_REPLY:
      return 0;
    default:
      return ENOSYS;
  }
}

void refuse(int fd, const Request& request, int error) {
  const fuse_out_header answer{.len = sizeof answer, .error = -error, .unique = request.unique};
  [[maybe_unused]] const ssize_t written = ::write(fd, &answer, sizeof answer);
}

}  // namespace testbed::cgroupfs
