#include "emulator/cgroupfs/request.h"

#include <linux/fuse.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstring>

#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

// How many names follow the fixed part; those of SYMLINK are a name and a text.
enum class Names { None, Entry, TwoEntries, EntryAndText, Text };

struct Opcode {
  std::uint32_t code;
  std::string_view name;
  std::size_t fixed;  // bytes between the header and what varies
  Names names = Names::None;
};

// Before 7.36 there was less, and gVisor sends that.
constexpr std::size_t kInitSize = offsetof(fuse_init_in, flags2);
// What a server gets that does not ask for FUSE_SETXATTR_EXT.
constexpr std::size_t kSetxattrSize = FUSE_COMPAT_SETXATTR_IN_SIZE;

constexpr std::array<Opcode, 46> kOpcodes{{
    {FUSE_LOOKUP, "LOOKUP", 0, Names::Entry},
    {FUSE_FORGET, "FORGET", sizeof(fuse_forget_in)},
    {FUSE_GETATTR, "GETATTR", sizeof(fuse_getattr_in)},
    {FUSE_SETATTR, "SETATTR", sizeof(fuse_setattr_in)},
    {FUSE_READLINK, "READLINK", 0},
    {FUSE_SYMLINK, "SYMLINK", 0, Names::EntryAndText},
    {FUSE_MKNOD, "MKNOD", sizeof(fuse_mknod_in), Names::Entry},
    {FUSE_MKDIR, "MKDIR", sizeof(fuse_mkdir_in), Names::Entry},
    {FUSE_UNLINK, "UNLINK", 0, Names::Entry},
    {FUSE_RMDIR, "RMDIR", 0, Names::Entry},
    {FUSE_RENAME, "RENAME", sizeof(fuse_rename_in), Names::TwoEntries},
    {FUSE_LINK, "LINK", sizeof(fuse_link_in), Names::Entry},
    {FUSE_OPEN, "OPEN", sizeof(fuse_open_in)},
    {FUSE_READ, "READ", sizeof(fuse_read_in)},
    {FUSE_WRITE, "WRITE", sizeof(fuse_write_in)},
    {FUSE_STATFS, "STATFS", 0},
    {FUSE_RELEASE, "RELEASE", sizeof(fuse_release_in)},
    {FUSE_FSYNC, "FSYNC", sizeof(fuse_fsync_in)},
    {FUSE_SETXATTR, "SETXATTR", kSetxattrSize, Names::Text},
    {FUSE_GETXATTR, "GETXATTR", sizeof(fuse_getxattr_in), Names::Text},
    {FUSE_LISTXATTR, "LISTXATTR", sizeof(fuse_getxattr_in)},
    {FUSE_REMOVEXATTR, "REMOVEXATTR", 0, Names::Text},
    {FUSE_FLUSH, "FLUSH", sizeof(fuse_flush_in)},
    {FUSE_INIT, "INIT", kInitSize},
    {FUSE_OPENDIR, "OPENDIR", sizeof(fuse_open_in)},
    {FUSE_READDIR, "READDIR", sizeof(fuse_read_in)},
    {FUSE_RELEASEDIR, "RELEASEDIR", sizeof(fuse_release_in)},
    {FUSE_FSYNCDIR, "FSYNCDIR", sizeof(fuse_fsync_in)},
    {FUSE_GETLK, "GETLK", sizeof(fuse_lk_in)},
    {FUSE_SETLK, "SETLK", sizeof(fuse_lk_in)},
    {FUSE_SETLKW, "SETLKW", sizeof(fuse_lk_in)},
    {FUSE_ACCESS, "ACCESS", sizeof(fuse_access_in)},
    {FUSE_CREATE, "CREATE", sizeof(fuse_create_in), Names::Entry},
    {FUSE_INTERRUPT, "INTERRUPT", sizeof(fuse_interrupt_in)},
    {FUSE_BMAP, "BMAP", sizeof(fuse_bmap_in)},
    {FUSE_DESTROY, "DESTROY", 0},
    {FUSE_IOCTL, "IOCTL", sizeof(fuse_ioctl_in)},
    {FUSE_POLL, "POLL", sizeof(fuse_poll_in)},
    {FUSE_NOTIFY_REPLY, "NOTIFY_REPLY", sizeof(fuse_notify_retrieve_in)},
    {FUSE_BATCH_FORGET, "BATCH_FORGET", sizeof(fuse_batch_forget_in)},
    {FUSE_FALLOCATE, "FALLOCATE", sizeof(fuse_fallocate_in)},
    {FUSE_READDIRPLUS, "READDIRPLUS", sizeof(fuse_read_in)},
    {FUSE_RENAME2, "RENAME2", sizeof(fuse_rename2_in), Names::TwoEntries},
    {FUSE_LSEEK, "LSEEK", sizeof(fuse_lseek_in)},
    {FUSE_COPY_FILE_RANGE, "COPY_FILE_RANGE", sizeof(fuse_copy_file_range_in)},
    {FUSE_SYNCFS, "SYNCFS", sizeof(fuse_syncfs_in)},
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

using Bytes = std::span<const char>;

// A text that ends within the bytes; takes it and its end from them.
std::optional<std::string> take_text(Bytes& bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), '\0');
  if (end == bytes.end()) return std::nullopt;
  std::string text(bytes.begin(), end);
  bytes = bytes.subspan(text.size() + 1);
  return text;
}

// A name that can stand in a directory.
bool take_entry(Bytes& bytes) {
  const auto name = take_text(bytes);
  return name && !name->empty() && name->find('/') == std::string::npos;
}

bool take_names(Bytes& bytes, Names names) {
  switch (names) {
    case Names::None:
      return true;
    case Names::Entry:
      return take_entry(bytes);
    case Names::TwoEntries:
      return take_entry(bytes) && take_entry(bytes);
    case Names::EntryAndText:
      return take_entry(bytes) && take_text(bytes);
    case Names::Text:
      return take_text(bytes).has_value();
  }
  return false;
}

// The bytes that the fixed part says follow the names.
std::uint64_t claimed_rest(std::uint32_t opcode, Bytes body) {
  switch (opcode) {
    case FUSE_WRITE:
      return part_at<fuse_write_in>(body)->size;
    case FUSE_SETXATTR: {
      std::uint32_t size = 0;  // the first member
      std::memcpy(&size, body.data(), sizeof size);
      return size;
    }
    case FUSE_IOCTL:
      return part_at<fuse_ioctl_in>(body)->in_size;
    case FUSE_BATCH_FORGET:
      return std::uint64_t{part_at<fuse_batch_forget_in>(body)->count} * sizeof(fuse_forget_one);
    case FUSE_INIT: {
      std::uint32_t flags = 0;
      std::memcpy(&flags, body.data() + offsetof(fuse_init_in, flags), sizeof flags);
      return (flags & FUSE_INIT_EXT) != 0 ? sizeof(fuse_init_in) - kInitSize : 0;
    }
    default:
      return 0;
  }
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
  if (row != nullptr && row->names != Names::None && body.size() > row->fixed) {
    Bytes rest = body.subspan(row->fixed);
    request.name = take_text(rest);
  }
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

bool is_well_formed(std::span<const char> bytes) {
  const auto header = part_at<fuse_in_header>(bytes);
  if (!header || header->len != bytes.size()) return false;
  const Opcode* row = find_row(header->opcode);
  if (row == nullptr) return true;  // answered without a look at its body
  const Bytes body = bytes.subspan(sizeof *header);
  if (body.size() < row->fixed) return false;
  Bytes rest = body.subspan(row->fixed);
  return take_names(rest, row->names) && rest.size() >= claimed_rest(header->opcode, body);
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

bool is_left_alone(std::uint32_t opcode) {
  return opcode == FUSE_INTERRUPT || opcode == FUSE_NOTIFY_REPLY;
}

bool expects_answer(std::uint32_t opcode) {
  return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && !is_left_alone(opcode);
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
