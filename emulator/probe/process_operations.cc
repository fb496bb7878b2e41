#include <linux/bpf.h>
#include <sys/utsname.h>
#include <time.h>

#include <chrono>
#include <cstdlib>

#include "emulator/probe/operations.h"

namespace testbed::probe {
namespace {

// The smallest object there is: an array map of one entry. ENOSYS means that there is no bpf(2),
// EPERM that we may not.
Result<Outcome> try_bpf(const Arguments&) {
  union bpf_attr attributes {};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  Outcome outcome = call("bpf", SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
  close_raw(outcome.result);
  return outcome;
}

Result<Outcome> show_system(const Arguments&) {
  utsname names{};
  Outcome outcome = call("uname", SYS_uname, &names);
  outcome.value = {{"release", names.release},
                   {"sysname", names.sysname},
                   {"version", names.version},
                   {"machine", names.machine},
                   {"nodename", names.nodename}};
  return outcome;
}

Result<Outcome> show_process(const Arguments&) {
  Outcome outcome = call("getpid", SYS_getpid);
  outcome.value = {{"pid", outcome.result},  {"parent", ::getppid()}, {"group", ::getpgrp()},
                   {"session", ::getsid(0)}, {"uid", ::getuid()},     {"gid", ::getgid()}};
  return outcome;
}

Result<Outcome> show_environment(const Arguments& arguments) {
  const char* value = ::getenv(arguments[0].c_str());
  if (!value) return Outcome{.call = "getenv", .result = -1, .error = ENOENT};
  return Outcome{.call = "getenv", .value = {{"text", value}}};
}

Result<Outcome> sleep_for(const Arguments& arguments) {
  const long span = TRY(number_of(arguments[0]));
  const timespec time{span / 1000, span % 1000 * 1000000};
  return call("clock_nanosleep", SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, nullptr);
}

// Sleeps and never comes back, as a hanging command does.
Result<Outcome> wait_for_ever(const Arguments&) {
  while (true) call("ppoll", SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
}

// Works and does not come back in time: in contrast to a hang its CPU time grows.
Result<Outcome> spin_for(const Arguments& arguments) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(TRY(number_of(arguments[0])));
  while (Clock::now() < end) {
  }
  timespec used{};
  Outcome outcome = call("clock_gettime", SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &used);
  outcome.value = {{"cpu_ms", used.tv_sec * 1000 + used.tv_nsec / 1000000}};
  return outcome;
}

// Whatever has no operation of its own. A text becomes a pointer to it.
Result<Outcome> any_call(const Arguments& arguments) {
  constexpr std::string_view kText = "text:";
  long words[7] = {TRY(number_of(arguments[0]))};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const bool is_text = arguments[i].compare(0, kText.size(), kText) == 0;
    words[i] =
        is_text ? as_word(arguments[i].c_str() + kText.size()) : TRY(number_of(arguments[i]));
  }
  return call("syscall", words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
}

constexpr Operation kOperations[] = {
    {"bpf", "", 0, 0, try_bpf, "makes a small map: ENOSYS where there is no bpf(2)"},
    {"uname", "", 0, 0, show_system, "value: release, sysname, version, machine, nodename"},
    {"getpid", "", 0, 0, show_process, "value: pid, parent, group, session, uid, gid"},
    {"env", "NAME", 1, 1, show_environment, "value: text; ENOENT if it is not set"},
    {"sleep", "MS", 1, 1, sleep_for, "sleeps"},
    {"pause", "", 0, 0, wait_for_ever, "sleeps for ever and prints nothing"},
    {"spin", "MS", 1, 1, spin_for, "burns CPU time; value: cpu_ms"},
    {"syscall", "NUMBER [WORD|text:TEXT]...", 1, 7, any_call, "any system call by its number"},
};

}  // namespace

std::span<const Operation> process_operations() { return kOperations; }

}  // namespace testbed::probe
