#include "emulator/cgroupfs/request.h"

#include <linux/fuse.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr int kNoName = -1;

struct Opcode {
  std::uint32_t code;
  std::string_view name;
  int name_at;  // where a name follows the header
};

constexpr std::array<Opcode, 46> kOpcodes{{
    {FUSE_LOOKUP, "LOOKUP", 0},
    {FUSE_FORGET, "FORGET", kNoName},
    {FUSE_GETATTR, "GETATTR", kNoName},
    {FUSE_SETATTR, "SETATTR", kNoName},
    {FUSE_READLINK, "READLINK", kNoName},
    {FUSE_SYMLINK, "SYMLINK", 0},
    {FUSE_MKNOD, "MKNOD", sizeof(fuse_mknod_in)},
    {FUSE_MKDIR, "MKDIR", sizeof(fuse_mkdir_in)},
    {FUSE_UNLINK, "UNLINK", 0},
    {FUSE_RMDIR, "RMDIR", 0},
    {FUSE_RENAME, "RENAME", sizeof(fuse_rename_in)},
    {FUSE_LINK, "LINK", sizeof(fuse_link_in)},
    {FUSE_OPEN, "OPEN", kNoName},
    {FUSE_READ, "READ", kNoName},
    {FUSE_WRITE, "WRITE", kNoName},
    {FUSE_STATFS, "STATFS", kNoName},
    {FUSE_RELEASE, "RELEASE", kNoName},
    {FUSE_FSYNC, "FSYNC", kNoName},
    {FUSE_SETXATTR, "SETXATTR", kNoName},
    {FUSE_GETXATTR, "GETXATTR", sizeof(fuse_getxattr_in)},
    {FUSE_LISTXATTR, "LISTXATTR", kNoName},
    {FUSE_REMOVEXATTR, "REMOVEXATTR", 0},
    {FUSE_FLUSH, "FLUSH", kNoName},
    {FUSE_INIT, "INIT", kNoName},
    {FUSE_OPENDIR, "OPENDIR", kNoName},
    {FUSE_READDIR, "READDIR", kNoName},
    {FUSE_RELEASEDIR, "RELEASEDIR", kNoName},
    {FUSE_FSYNCDIR, "FSYNCDIR", kNoName},
    {FUSE_GETLK, "GETLK", kNoName},
    {FUSE_SETLK, "SETLK", kNoName},
    {FUSE_SETLKW, "SETLKW", kNoName},
    {FUSE_ACCESS, "ACCESS", kNoName},
    {FUSE_CREATE, "CREATE", sizeof(fuse_create_in)},
    {FUSE_INTERRUPT, "INTERRUPT", kNoName},
    {FUSE_BMAP, "BMAP", kNoName},
    {FUSE_DESTROY, "DESTROY", kNoName},
    {FUSE_IOCTL, "IOCTL", kNoName},
    {FUSE_POLL, "POLL", kNoName},
    {FUSE_NOTIFY_REPLY, "NOTIFY_REPLY", kNoName},
    {FUSE_BATCH_FORGET, "BATCH_FORGET", kNoName},
    {FUSE_FALLOCATE, "FALLOCATE", kNoName},
    {FUSE_READDIRPLUS, "READDIRPLUS", kNoName},
    {FUSE_RENAME2, "RENAME2", sizeof(fuse_rename2_in)},
    {FUSE_LSEEK, "LSEEK", kNoName},
    {FUSE_COPY_FILE_RANGE, "COPY_FILE_RANGE", kNoName},
    {FUSE_SYNCFS, "SYNCFS", kNoName},
}};

const Opcode* find_row(std::uint32_t code) {
  const auto at = std::find_if(kOpcodes.begin(), kOpcodes.end(),
                               [&](const Opcode& row) { return row.code == code; });
  return at == kOpcodes.end() ? nullptr : &*at;
}

// The fixed part of a request; none when the bytes do not hold it. Copied: nothing promises its
// alignment.
template <class Part>
std::optional<Part> part_at(std::span<const char> body) {
  Part part;
  if (body.size() < sizeof part) return std::nullopt;
  std::memcpy(&part, body.data(), sizeof part);
  return part;
}

std::optional<std::string> name_in(std::span<const char> body, int at) {
  if (at == kNoName || body.size() <= static_cast<std::size_t>(at)) return std::nullopt;
  const auto rest = body.subspan(static_cast<std::size_t>(at));
  return std::string(rest.begin(), std::find(rest.begin(), rest.end(), '\0'));
}

}  // namespace

std::optional<Request> parse_request(std::span<const char> bytes) {
  const auto header = part_at<fuse_in_header>(bytes);
  if (!header || header->len > bytes.size()) return std::nullopt;
  Request request{.opcode = header->opcode,
                  .unique = header->unique,
                  .node = header->nodeid,
                  .pid = header->pid};
  const auto body = bytes.subspan(sizeof *header);
  const Opcode* row = find_row(header->opcode);
  if (row != nullptr) request.name = name_in(body, row->name_at);
  if (header->opcode == FUSE_ACCESS) {
    if (const auto access = part_at<fuse_access_in>(body)) request.mask = access->mask;
  } else if (header->opcode == FUSE_READ || header->opcode == FUSE_READDIR ||
             header->opcode == FUSE_WRITE) {
    // fuse_write_in begins as fuse_read_in does.
    if (const auto read = part_at<fuse_read_in>(body)) {
      request.offset = read->offset;
      request.size = read->size;
    }
  }
  return request;
}

std::string opcode_name(std::uint32_t opcode) {
  const Opcode* row = find_row(opcode);
  return row ? std::string(row->name) : "OPCODE_" + std::to_string(opcode);
}

std::optional<std::uint32_t> find_opcode(std::string_view name) {
  const auto same = [](char a, char b) { return a == std::toupper(static_cast<unsigned char>(b)); };
  for (const Opcode& row : kOpcodes) {
    if (std::equal(row.name.begin(), row.name.end(), name.begin(), name.end(), same)) {
      return row.code;
    }
  }
  return std::nullopt;
}

bool expects_answer(std::uint32_t opcode) {
  return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT;
}

bool is_init(std::uint32_t opcode) { return opcode == FUSE_INIT; }

JsonLine journal_line(const Request& request, const Answer& answer, std::int64_t nanoseconds) {
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  JsonLine line;
  line.text("op", opcode_name(request.opcode)).number("node", number(request.node));
  if (request.name) line.text("name", *request.name);
  if (request.mask) line.number("mask", number(*request.mask));
  if (request.offset) line.number("offset", number(*request.offset));
  if (request.size) line.number("size", number(*request.size));
  answer.error != 0 ? line.text("errno", errno_name(answer.error)) : line.null("errno");
  if (answer.injected) line.raw("injected", "true");
  if (!answer.sent) line.raw("answered", "false");
  line.number("ns", nanoseconds).number("pid", number(request.pid));
  return line;
}

}  // namespace testbed
