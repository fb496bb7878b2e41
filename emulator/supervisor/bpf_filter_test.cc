#include "emulator/supervisor/bpf_filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>

#include <cstring>

#include "emulator/supervisor/calls.h"

namespace testbed::supervisor {
namespace {

// Runs the filter as the kernel would; only the instructions a filter here may have.
std::uint32_t verdict(const std::vector<sock_filter>& program, std::uint32_t arch, int number,
                      std::uint64_t argument = 0) {
  const seccomp_data data{.nr = number, .arch = arch, .instruction_pointer = 0, .args = {argument}};
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&value, reinterpret_cast<const char*>(&data) + step.k, sizeof value);
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += value == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += value >= step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (value & step.k) != 0 ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "an instruction that no filter has: " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the filter has no end";
  return 0;
}

FilterPlan all_path_calls() {
  FilterPlan plan;
  for (const Call& call : all_calls()) {
    if (!call.takes_path()) continue;
    plan.traced.insert(call.number);
    if (call.i386 >= 0) plan.denied_i386.insert(call.i386);
  }
  return plan;
}

TEST(SeccompFilter, StopsAtWhatIsPlannedAndAtNothingElse) {
  for (const FilterPlan& plan : {all_path_calls(), FilterPlan{.traced = {137}}, FilterPlan{}}) {
    const auto program = seccomp_filter(plan);
    EXPECT_LT(program.size(), 512u);
    for (int number = -1; number < 600; ++number) {
      if (number < 0) continue;
      const bool planned = plan.traced.contains(number);
      EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, number),
                planned ? std::uint32_t{SECCOMP_RET_TRACE} : std::uint32_t{SECCOMP_RET_ALLOW})
          << number;
    }
  }
}

TEST(SeccompFilter, CallsOfOtherAbisAreUnknownNotConfused) {
  const FilterPlan plan = all_path_calls();
  const auto program = seccomp_filter(plan);
  constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 0x40000000 | 257), kUnknown) << "x32 openat";
  EXPECT_EQ(verdict(program, AUDIT_ARCH_AARCH64, 257), kUnknown);
  for (int number = 0; number < 600; ++number) {
    const bool denied = plan.denied_i386.contains(number);
    EXPECT_EQ(verdict(program, AUDIT_ARCH_I386, number),
              denied ? kUnknown : std::uint32_t{SECCOMP_RET_ALLOW})
        << number;
  }
}

TEST(SeccompFilter, NobodyEscapesByCloneUntraced) {
  const auto program = seccomp_filter(FilterPlan{.traced = {137}});
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 56, 0x00800000 | SIGCHLD),
            std::uint32_t{SECCOMP_RET_TRACE});
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 56, 0x00010f00), std::uint32_t{SECCOMP_RET_ALLOW});
}

TEST(SeccompFilter, CanStopAtEverything) {
  const auto program = seccomp_filter({.everything = true});
  EXPECT_EQ(verdict(program, AUDIT_ARCH_X86_64, 39), std::uint32_t{SECCOMP_RET_TRACE});
}

TEST(Calls, AreFoundByNameAndNumber) {
  for (const Call& call : all_calls()) {
    EXPECT_EQ(find_call(call.name), &call) << call.name;
    EXPECT_EQ(find_call(static_cast<long>(call.number)), &call) << call.name;
  }
  EXPECT_EQ(find_call("nothing"), nullptr);
  EXPECT_EQ(find_call(-1L), nullptr);
  EXPECT_EQ(find_call(100'000L), nullptr);
}

}  // namespace
}  // namespace testbed::supervisor
