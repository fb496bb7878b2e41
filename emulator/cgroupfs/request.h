#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/journal/json_line.h"

namespace testbed {

// What the kernel asks, as far as a journal shows it. Read from the bytes themselves, because
// libfuse answers a request without a handler on its own and never tells.
struct Request {
  std::uint32_t opcode = 0;
  std::uint64_t unique = 0;
  std::uint64_t node = 0;
  std::uint32_t pid = 0;
  std::optional<std::string> name{};
  std::optional<std::uint32_t> mask{};    // of ACCESS
  std::optional<std::uint64_t> offset{};  // of READ, WRITE and READDIR
  std::optional<std::uint32_t> size{};
};

// None when the bytes are shorter than they claim.
std::optional<Request> parse_request(std::span<const char> bytes);

// Whether the bytes hold all that a request of its kind consists of, as linux/fuse.h lays it out:
// libfuse relies on it, and a kernel that is written anew, as gVisor's is, may err. Names of
// entries are not empty and without "/".
bool is_well_formed(std::span<const char> bytes);

// "ACCESS" for 34; "OPCODE_99" for one that is not known.
std::string opcode_name(std::uint32_t opcode);
// The opcode of "access" or "ACCESS".
std::optional<std::uint32_t> find_opcode(std::string_view name);
// FORGET, BATCH_FORGET, INTERRUPT and NOTIFY_REPLY get no answer.
bool expects_answer(std::uint32_t opcode);
// INTERRUPT, as no request waits for anything, and NOTIFY_REPLY, as nothing is notified. libfuse
// would keep those that it cannot match for ever.
bool is_left_alone(std::uint32_t opcode);
bool is_init(std::uint32_t opcode);

struct Answer {
  bool sent = false;
  bool injected = false;
  int error = 0;
};

JsonLine journal_line(const Request& request, const Answer& answer, std::int64_t nanoseconds);

}  // namespace testbed
