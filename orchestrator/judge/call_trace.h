#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// A system call as gVisor's --strace tells it (pkg/sentry/strace), in a form in which two runs can
// be compared: without addresses, numbers of threads and times.
struct TracedCall {
  std::string name;       // "openat"
  std::string arguments;  // "AT_FDCWD /, /srv, O_RDONLY|O_DIRECTORY, 0o0"
  std::string outcome;    // "3", "ENOSYS"; empty: it did not return
  bool failed = false;

  // "openat(AT_FDCWD /, /srv, O_RDONLY|O_DIRECTORY, 0o0) = ENOSYS"
  std::string text() const;
};

struct TracedThread {
  std::string process;  // the name it had last: "ls"
  std::vector<TracedCall> calls;
};

// The calls of the processes that a sandbox's agent started while it was traced, and of those that
// they started, each in the order in which it appeared. What ran before belongs to no check.
struct CallTrace {
  std::vector<TracedThread> threads;
  bool is_cut = false;  // more calls were made than are held

  std::size_t calls() const;
};

// Reads such a log line by line; lines that tell no system call are passed over.
class CallTraceReader {
 public:
  static constexpr std::size_t kMostCalls = 300'000;  // of the whole sandbox

  void add_line(std::string_view line);
  CallTrace finish();

 private:
  struct Seen {
    TracedThread thread;
    std::vector<std::int64_t> started;  // threads
    std::size_t order = 0;              // of its first line
    bool inside = false;                // its last call has not returned
  };

  std::map<std::int64_t, Seen> seen_;
  std::size_t calls_ = 0;
  bool is_cut_ = false;
};

}  // namespace testbed
