#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/cgroupfs/reply.h"

namespace testbed {

// The ways in which the kernel reads what is written to control files. Which file uses which one
// decides whether " 512 \n" is a number or EINVAL.

// strstrip(): without white space at both ends.
std::string_view stripped(std::string_view text);

// kstrtoull() and kstrtoll() with base 0: 0x and 0 prefixes, one trailing newline, no other space.
// EINVAL for text, ERANGE beyond 64 bits.
Reply<std::uint64_t> parse_unsigned(std::string_view text);
Reply<std::int64_t> parse_signed(std::string_view text);

// page_counter_memparse(): bytes with K, M, G, T, P or E, or -1 for no limit; rounded down to
// pages. What does not fit into 64 bits wraps around, as in memparse().
inline constexpr std::uint64_t kNoLimit = 9223372036854771712u;
Reply<std::uint64_t> parse_memory(std::string_view text);

// The same as v2 takes and shows it: no limit is "max", -1 is EINVAL; in pages of that size.
Reply<std::string> parse_limit(std::string_view text, std::uint64_t page = 4096);

// A list such as "0-1,3", "all" or "0-7:1/2", also with spaces or newlines between its items
// (bitmap_parselist()), in its shortest form. ERANGE for an item of `count` or more, EOVERFLOW
// beyond 32 bits, EINVAL for text.
Reply<std::string> parse_list(std::string_view text, unsigned count);

}  // namespace testbed
