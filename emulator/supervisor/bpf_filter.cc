#include "emulator/supervisor/bpf_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

namespace testbed::supervisor {
namespace {

constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

constexpr std::uint32_t kOffsetOfNr = offsetof(seccomp_data, nr);
constexpr std::uint32_t kOffsetOfArch = offsetof(seccomp_data, arch);

sock_filter load(std::uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
sock_filter give(std::uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
sock_filter jump(std::uint16_t test, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, yes, no);
}

using Program = std::vector<sock_filter>;

// In front of the rest: clone with that flag would make a task that no tracer gets, and that hears
// ENOSYS for every call the filter asks about.
Program ask_about_untraced() {
  constexpr std::uint32_t kClone = 56, kUntraced = 0x00800000;
  return {jump(BPF_JEQ, kClone, 0, 4), load(offsetof(seccomp_data, args)),
          jump(BPF_JSET, kUntraced, 0, 1), give(SECCOMP_RET_TRACE), give(kAllow)};
}

// `verdict` for the numbers (sorted), else kAllow.
Program search(std::span<const int> numbers, std::uint32_t verdict) {
  Program program;
  if (numbers.size() <= 3) {
    for (const int number : numbers) {
      program.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(number), 0, 1));
      program.push_back(give(verdict));
    }
    program.push_back(give(kAllow));
    return program;
  }
  const std::size_t half = numbers.size() / 2;
  const Program low = search(numbers.first(half), verdict),
                high = search(numbers.subspan(half), verdict);
  program.push_back(jump(BPF_JGE, static_cast<std::uint32_t>(numbers[half]), 0, 1));
  program.push_back(BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(low.size())));
  program.insert(program.end(), low.begin(), low.end());
  program.insert(program.end(), high.begin(), high.end());
  return program;
}

Program search(const std::set<int>& numbers, std::uint32_t verdict) {
  return search(std::vector<int>(numbers.begin(), numbers.end()), verdict);
}

}  // namespace

std::vector<sock_filter> seccomp_filter(const FilterPlan& plan) {
  const Program i386 = search(plan.denied_i386, kUnknown);
  Program x86_64;
  if (plan.untraced_clones && !plan.traced.contains(56)) x86_64 = ask_about_untraced();
  const Program calls =
      plan.everything ? Program{give(SECCOMP_RET_TRACE)} : search(plan.traced, SECCOMP_RET_TRACE);
  x86_64.insert(x86_64.end(), calls.begin(), calls.end());
  Program program{load(kOffsetOfArch),
                  jump(BPF_JEQ, AUDIT_ARCH_I386, 0, 2),
                  load(kOffsetOfNr),
                  BPF_STMT(BPF_JMP | BPF_JA, 5),
                  jump(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0),
                  give(kUnknown),
                  load(kOffsetOfNr),
                  jump(BPF_JGE, kX32Bit, 0, 2),
                  give(kUnknown),
                  BPF_STMT(BPF_JMP | BPF_JA, 1),  // to the 32-bit calls
                  BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(i386.size()))};
  program.insert(program.end(), i386.begin(), i386.end());
  program.insert(program.end(), x86_64.begin(), x86_64.end());
  return program;
}

}  // namespace testbed::supervisor
