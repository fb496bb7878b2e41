#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/agent/frame.h"
#include "emulator/agent/go_processes.h"
#include "emulator/agent/thread_watch.h"
#include "orchestrator/base/unique_fd.h"

struct pollfd;
struct rusage;

namespace testbed {

// One command in a session of its own, from fork(2) until its last output. It never blocks: the
// descriptors it reads are non-blocking, and even exec is waited for by polling, because a sandbox
// under test may hang there.
class Command {
 public:
  using Clock = std::chrono::steady_clock;
  using Send = std::function<void(std::string_view kind, std::string_view payload)>;

  // `send` gets the replies about this command: started or failed, out, err, exit.
  static Result<Command> start(const RunRequest& request, Send send);

  pid_t pid() const { return pid_; }
  void add_to(std::vector<pollfd>& polled) const;
  // Forwards what is there to read, and reports the end when it is due.
  void pump();
  // The leader was reaped with this status.
  void ended(int wait_status, const rusage& usage);
  // When pump() must be called even if nothing becomes readable; max() if never.
  Clock::time_point due() const;

  // To the process group; 0 or an errno.
  int signal(int number) const;
  std::string status();
  // One line a thread of the command's session: see ThreadWatch::report().
  std::string threads() { return threads_.report(pid_); }
  // Ends the Go processes of the session; their stacks come as `err`. See ask_for_goroutines().
  std::string goroutines() const { return ask_for_goroutines(pid_); }

 private:
  Command(pid_t pid, Send send) : pid_(pid), send_(std::move(send)) {}
  void read_exec_report();
  bool forward(std::string_view kind, UniqueFd& stream);
  void report_end();
  void watch_threads(const std::string& movement);

  pid_t pid_;
  Send send_;
  UniqueFd exec_report_, out_, err_;
  std::uint64_t sent_ = 0;
  bool reaped_ = false;
  bool reported_ = false;
  int wait_status_ = 0;
  std::int64_t reaped_cpu_ms_ = 0;
  Clock::time_point drain_until_ = Clock::time_point::max();
  ThreadWatch threads_;
  std::string movement_;  // processor time and output at the last status
};

}  // namespace testbed
