#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model/cause.h"
#include "orchestrator/model/names.h"

namespace testbed {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// What the probe program printed.
struct ProbeAnswer {
  std::string op, call;
  std::int64_t result = 0;
  std::string errno_name;   // "OK" or "ENOSYS"
  std::string value;        // its main value as text; lists joined by blanks
  std::string close_errno;  // "OK", an errno name, or empty where nothing was closed
  std::int64_t nanoseconds = 0;
};

// One line of a component's journal, as far as causes need it.
struct JournalEntry {
  std::string component;  // "cgroupfs"
  std::int64_t sequence = 0;
  std::string op;
  std::string errno_name;  // empty: answered well
  std::string line;        // as written
};

// How a command of a check ended.
struct CommandEnd {
  enum class Kind { Exited, Signalled, NotStarted, TimedOut, Hung, SandboxGone, Cancelled };
  Kind kind = Kind::Exited;
  int code = 0;         // exit code or signal number
  std::string message;  // NotStarted: why; Hung: what was seen
};

// One thread of a command that stood still past its limit, as the agent saw it.
struct ThreadState {
  int pid = 0, thread = 0;
  char state = '?';        // as in /proc/PID/stat: S sleeping, t stopped by its tracer, T stopped
  milliseconds still{0};   // for how long, at least, nothing about it has changed
  milliseconds used{0};    // processor time, ever
  int tracer = 0;          // 0: nobody
  std::int64_t call = -1;  // the system call in which it waits; -1: not known
  std::int64_t argument = -1;  // its first argument
  std::string stop{};          // the kind of its stop under ptrace(2); empty: not known
  std::string wait_channel{};  // the function of the kernel in which it waits; empty: not known
  std::string name;
};

// What all processes of a sandbox used of the machine, as its cgroup on the host tells: for gVisor
// its kernel too, and files on a tmpfs count as memory.
struct GroupUse {
  microseconds processor{0};  // processor time
  std::uint64_t memory = 0;   // bytes, now
  std::uint64_t killed = 0;   // processes that the host's kernel killed for want of memory
};

// One check as it was carried out.
struct CheckEvidence {
  std::string name;
  bool is_rung = true;
  std::vector<std::string> argv;  // with the approach's prefix
  std::size_t prefix_words = 0;   // how many of them are the prefix
  CommandEnd end;
  std::string out, err;  // the first bytes; all of it is in the cell's directory
  std::optional<ProbeAnswer> probe;
  std::vector<JournalEntry> journal;  // made while it ran; those with an errno, and the last few
  std::vector<ThreadState> threads;   // of a command that hung
  microseconds duration{0};
  std::optional<GroupUse> use;  // during it (memory: at its end), where the host tells
};

// A stage that broke; see architecture "Stages of a cell".
struct StageBreak {
  std::string stage;  // "obtain", "patch", "bundle", "sandbox", "component"
  Observed observed = Observed::Infra;
  std::string message;
};

// What was seen in one attempt: enough to judge it, now or from a record.
struct Evidence {
  std::optional<StageBreak> broke;
  std::vector<CheckEvidence> checks;   // those that were carried out, in order
  std::vector<std::string> leftovers;  // processes, mounts, groups found after the end
  std::vector<std::string> notes;      // what evidence of a watched check could not be had
  microseconds start_up{0};            // until the sandbox answered
  microseconds total{0};
};

}  // namespace testbed
