#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/cgroupfs/control_files.h"

namespace testbed::cgroupfs {

// The text without white space around it; many kernel parsers call strstrip().
std::string_view stripped(std::string_view text);

// Numbers as kstrtoull() and kstrtoll() read them: 0x and 0 prefixes choose the base, one newline
// may follow, anything else is EINVAL, what does not fit is ERANGE.
Answer<std::uint64_t> parse_natural(std::string_view text);
Answer<std::int64_t> parse_integer(std::string_view text);

// A size as memparse() reads it: a number and K, M, G, T or none.
Answer<std::uint64_t> parse_size(std::string_view text);

// The normal form of a list such as "0-3,5", every number at most `last`; ERANGE beyond.
Answer<std::string> parse_list(std::string_view text, unsigned last);
unsigned last_cpu();

// Writers that several families share.
int write_flag(const ControlFile&, Group&, std::string_view, const Surroundings&);    // 0 or 1
int write_switch(const ControlFile&, Group&, std::string_view, const Surroundings&);  // number != 0
int write_number(const ControlFile&, Group&, std::string_view, const Surroundings&);  // any number
int reset(const ControlFile&, Group&, std::string_view, const Surroundings&);   // back to zero
int accept(const ControlFile&, Group&, std::string_view, const Surroundings&);  // changes nothing
int keep(const ControlFile& file, Group& group, std::string value);

// Of files that are empty, not a bare newline, as long as they hold no line.
Answer<std::string> read_lines(const ControlFile&, const Group&, const Surroundings&);
Answer<std::string> unreadable(const ControlFile&, const Group&, const Surroundings&);  // EINVAL

}  // namespace testbed::cgroupfs
