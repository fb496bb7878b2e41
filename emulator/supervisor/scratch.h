#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/supervisor/tracee.h"

namespace testbed::supervisor {

// Memory in a tracee for changed paths. It cannot lie below the stack: a goroutine's stack is a few
// kilobytes in the middle of the heap. So each address space gets a mapping of its own, at an
// address that programs leave alone: below 0x400000, where unrelocatable programs begin.
//
// Its first page is code. A call with a changed path returns there instead of to its program:
//
//     syscall                      (only when the kernel starts the call again by itself)
//   returned:
//     mov rcx, [path - 24]         rcx is lost in every system call: the way back
//     mov PATH, [path - 16]        the register as the program had it
//     jmp rcx
//
// so that one stop per call suffices, and the program finds its registers as they were. Behind the
// code lie the slots, one for each thread that ever had a path changed.
namespace scratch {

inline constexpr std::uint64_t kHint = 0x20000;
inline constexpr std::size_t kCodeSize = 4096, kSlotSize = 1024, kSlots = 2800;
inline constexpr std::size_t kBigSlotSize = 8448, kBigSlots = 64;  // two paths of 4096 bytes
inline constexpr std::size_t kSize = kCodeSize + kSlots * kSlotSize + kBigSlots * kBigSlotSize;

// What the code page holds.
std::string_view code();

// A changed call that returns by itself. Which arguments may be paths is a question of which pieces
// of code there are.
struct Detour {
  std::uint64_t return_to = 0;  // for rip, instead of the program's
  std::string slot{};           // to be written to the slot
  std::vector<std::pair<int, std::uint64_t>> arguments{};
};
std::optional<Detour> detour(std::uint64_t base, std::uint64_t slot, const Registers& registers,
                             const std::vector<std::pair<int, std::string>>& paths);

inline std::uint64_t slot_address(std::uint64_t base, std::size_t index) {
  return base + kCodeSize + index * kSlotSize;
}
inline std::uint64_t big_slot_address(std::uint64_t base, std::size_t index) {
  return base + kCodeSize + kSlots * kSlotSize + index * kBigSlotSize;
}

inline bool is_in_code(std::uint64_t base, std::uint64_t rip) {
  return base != 0 && rip >= base && rip < base + code().size();
}

// A thread that stands in the code is put where it would be without it: behind its own system call,
// with its own registers. Signal handlers never see the code, and the kernel, when it starts an
// interrupted call again, starts the program's. False: its slot cannot be read.
bool leave(std::uint64_t base, pid_t tid, const TraceeMemory& memory, Registers& registers);

}  // namespace scratch

}  // namespace testbed::supervisor
