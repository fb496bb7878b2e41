#include "emulator/supervisor/scratch.h"

#include <array>
#include <cstring>

// One piece per combination of arguments. 16 bytes apart, so that the piece is known from rip.
asm(R"(
    .section .rodata.detours, "a"
    .balign 16
    .globl testbed_detours, testbed_detours_end
testbed_detours:
    .macro one reg
    .balign 32, 0xcc
    syscall
    mov -24(%\reg), %rcx
    mov -16(%\reg), %\reg
    jmp *%rcx
    .endm
    .macro two first second
    .balign 32, 0xcc
    syscall
    mov -24(%\first), %rcx
    mov -8(%\first), %\second
    mov -16(%\first), %\first
    jmp *%rcx
    .endm
    one rdi
    one rsi
    one rdx
    one r10
    one r8
    two rdi rsi
    two rsi r10
    .balign 32, 0xcc
testbed_detours_end:
    .previous
)");

extern "C" const char testbed_detours[], testbed_detours_end[];

namespace testbed::supervisor::scratch {
namespace {

constexpr std::size_t kPieceSize = 32, kHeader = 24, kSyscallSize = 2;
constexpr std::size_t kLoadSize = 4;  // bytes of each mov

struct Piece {
  int first, second;  // arguments; second is -1 for one path
};
// In the order of the code above.
constexpr auto kPieces =
    std::to_array<Piece>({{0, -1}, {1, -1}, {2, -1}, {3, -1}, {4, -1}, {0, 1}, {1, 3}});

void put(std::string& slot, std::size_t at, std::uint64_t value) {
  std::memcpy(slot.data() + at, &value, sizeof value);
}

}  // namespace

std::string_view code() {
  return {testbed_detours, static_cast<std::size_t>(testbed_detours_end - testbed_detours)};
}

std::optional<Detour> detour(std::uint64_t base, std::uint64_t slot, const Registers& registers,
                             const std::vector<std::pair<int, std::string>>& paths) {
  if (paths.empty() || paths.size() > 2) return std::nullopt;
  const auto& low = paths.size() == 2 && paths[1].first < paths[0].first ? paths[1] : paths[0];
  const auto& high = &low == &paths[0] ? paths.back() : paths[0];
  const int second = paths.size() == 2 ? high.first : -1;
  std::size_t index = 0;
  while (index < kPieces.size() &&
         (kPieces[index].first != low.first || kPieces[index].second != second)) {
    ++index;
  }
  std::size_t size = kHeader + low.second.size() + 1;
  if (second >= 0) size += high.second.size() + 1;
  if (index == kPieces.size() || size > kSlotSize) return std::nullopt;

  std::uint64_t args[6];
  get_arguments(registers, args);
  Detour found{.return_to = base + index * kPieceSize + kSyscallSize,
               .slot = std::string(kHeader, '\0')};
  put(found.slot, 0, registers.rip);
  put(found.slot, 8, args[low.first]);
  if (second >= 0) put(found.slot, 16, args[second]);
  found.arguments.emplace_back(low.first, slot + found.slot.size());
  found.slot += low.second + '\0';
  if (second >= 0) {
    found.arguments.emplace_back(second, slot + found.slot.size());
    found.slot += high.second + '\0';
  }
  return found;
}

bool leave(std::uint64_t base, pid_t tid, const TraceeMemory& memory, Registers& registers) {
  const std::size_t offset = registers.rip - base;
  const Piece piece = kPieces[std::min(offset / kPieceSize, kPieces.size() - 1)];
  // How many of the movs are done: none directly after the call, which is where a thread stands
  // when it was interrupted in the call or takes a signal on the way back.
  const std::size_t inside = offset % kPieceSize;
  const std::size_t done = inside <= kSyscallSize ? 0 : (inside - kSyscallSize) / kLoadSize;
  const std::size_t movs = piece.second < 0 ? 2 : 3;
  if (done >= movs) {
    registers.rip = registers.rcx;
    return true;
  }
  std::uint64_t args[6];
  get_arguments(registers, args);
  char header[kHeader];
  if (memory.read(tid, args[piece.first] - kHeader, header) != 0) return false;
  std::uint64_t values[3];
  std::memcpy(values, header, sizeof values);
  registers.rip = values[0];
  set_argument(registers, piece.first, values[1]);
  if (piece.second >= 0) set_argument(registers, piece.second, values[2]);
  return true;
}

}  // namespace testbed::supervisor::scratch
