#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace testbed::cgroupfs {

// What the header of a request, and the name that follows in some, tell. Needs no libfuse, which
// answers requests without a handler by itself and would not tell of them.
struct Request {
  std::uint32_t opcode = 0;
  std::uint64_t unique = 0;
  std::uint64_t node = 0;
  std::uint32_t pid = 0;
  std::string name{};  // in the directory `node`, or of an attribute; empty: none

  bool is_init() const;
  // FORGET and its like get no answer.
  bool wants_answer() const;
};
Request parse_request(std::span<const std::byte> bytes);

// "LOOKUP"; "OP99" for numbers without a name.
std::string opcode_name(std::uint32_t opcode);
// The opcode of a name in upper or lower case; 0 when there is none.
std::uint32_t find_opcode(std::string_view name);

// The operations that handlers, named as in --only, are for. INIT is never one: libfuse answers it.
std::set<std::uint32_t> handled_opcodes(const std::set<std::string>& handlers);

// What libfuse 3.14 answers to a request whose handler was not registered.
int answer_without_handler(std::uint32_t opcode);

// An answer of this errno to the request, past libfuse. One write(2), as the protocol demands.
void refuse(int fd, const Request& request, int error);

}  // namespace testbed::cgroupfs
