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

// "ACCESS" for 34; "OPCODE_99" for one that is not known.
std::string opcode_name(std::uint32_t opcode);
// The opcode of "access" or "ACCESS".
std::optional<std::uint32_t> find_opcode(std::string_view name);
// FORGET, BATCH_FORGET and INTERRUPT get no answer.
bool expects_answer(std::uint32_t opcode);
bool is_init(std::uint32_t opcode);

struct Answer {
  bool sent = false;
  bool injected = false;
  int error = 0;
};

JsonLine journal_line(const Request& request, const Answer& answer, std::int64_t nanoseconds);

}  // namespace testbed
