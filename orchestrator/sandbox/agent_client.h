#pragma once

#include <map>

#include "emulator/agent/frame.h"
#include "orchestrator/base/unique_fd.h"
#include "orchestrator/sandbox/sandbox.h"

namespace testbed {

// The owner's side of the agent's protocol (emulator/agent/README.md). Used by one thread.
class AgentClient {
 public:
  // `to` is the agent's standard input, `from` its standard output.
  AgentClient(UniqueFd to, UniqueFd from) : to_(std::move(to)), from_(std::move(from)) {}

  // Until the agent says that it is there; false at the deadline, on stop, or when the stream ends.
  bool wait_ready(Deadline deadline, int stop_fd);

  CommandResult run(const SandboxCommand& command, Deadline deadline, std::stop_token stop);
  Result<> start_program(const std::vector<std::string>& argv, Deadline deadline,
                         std::stop_token stop);
  std::uint64_t start_background(const SandboxCommand& command) {
    return send_run(command.argv, command.environment);
  }
  BackgroundLook look_at(std::uint64_t background);
  std::string goroutines_of(std::uint64_t background);
  bool ping(Deadline deadline);

  // Called when a command has hung, before it is killed.
  void set_on_hang(std::function<void()> on_hang) { on_hang_ = std::move(on_hang); }

  // Ends the agent, and with it everything it started.
  void quit();

  // False once the agent's stream has ended: the sandbox is gone.
  bool connected() const { return connected_; }
  std::string program_errors() const;

 private:
  struct Entry {
    std::string out, err;
    bool ended = false;
    CommandEnd end;
    std::string status;                     // the last answer to `status`
    std::optional<std::string> threads;     // the answer to `threads`
    std::optional<std::string> goroutines;  // the answer to `goroutines`
    unsigned statuses = 0;                  // how many
    bool is_program = false;
  };
  class Watch;

  std::uint64_t send_run(const std::vector<std::string>& argv,
                         const std::map<std::string, std::string>& environment);
  void send(std::string_view kind, std::uint64_t id, std::string_view payload = {});
  // Waits for frames until `limit`; false when nothing came.
  bool pump(Deadline limit, int stop_fd);
  void take(const Frame& frame);
  void kill_command(std::uint64_t id);
  std::vector<ThreadState> threads_of(std::uint64_t id);
  std::string goroutines_in(std::uint64_t id);

  std::function<void()> on_hang_ = [] {};
  UniqueFd to_, from_;
  FrameReader frames_;
  bool connected_ = true, ready_ = false;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Entry> entries_;
};

}  // namespace testbed
