#include "orchestrator/sandbox/agent_client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "orchestrator/base/stop_fd.h"
#include "orchestrator/sandbox/thread_report.h"

namespace testbed {
namespace {

constexpr std::size_t kOutputLimit = std::size_t{1} << 20;
constexpr milliseconds kStatusEvery(500);  // how often a waiting owner asks whether something moves
constexpr milliseconds kAnswerWithin(3000);  // a sandbox that does not answer for that long hangs
constexpr milliseconds kKillGrace(2000);

void append_limited(std::string& text, std::string_view more) {
  if (text.size() < kOutputLimit) text.append(more.substr(0, kOutputLimit - text.size()));
}

// "exited 3" or "signalled 9".
CommandEnd end_from(const std::string& payload) {
  const std::size_t blank = payload.find(' ');
  const int code = blank == std::string::npos ? 0 : std::atoi(payload.c_str() + blank);
  const bool signalled = payload.starts_with("signalled");
  return {.kind = signalled ? CommandEnd::Kind::Signalled : CommandEnd::Kind::Exited,
          .code = code,
          .message = {}};
}

CommandEnd ended_as(CommandEnd::Kind kind, std::string message = {}) {
  return {.kind = kind, .code = 0, .message = std::move(message)};
}

}  // namespace

// Tells a command that hangs from one that is slow: samples of its output, processor time and
// whatever else the caller says moves.
class AgentClient::Watch {
 public:
  explicit Watch(const SandboxCommand& command)
      : command_(command), moved_(Deadline::Clock::now()), answered_(moved_) {}

  void look(const Entry& entry) {
    const auto now = Deadline::Clock::now();
    if (entry.statuses != statuses_) {
      statuses_ = entry.statuses;
      answered_ = now;
    }
    std::string seen =
        std::to_string(entry.out.size() + entry.err.size()) + " " + cpu_of(entry.status);
    if (command_.movement) seen += " " + std::to_string(command_.movement());
    if (seen == seen_) return;
    seen_ = std::move(seen);
    moved_ = now;
  }

  // At the deadline: something moved lately, within half of the time the command had, or within two
  // samples.
  CommandEnd verdict(Deadline::Clock::time_point started) const {
    const auto now = Deadline::Clock::now();
    if (now - answered_ > kAnswerWithin) {
      return ended_as(CommandEnd::Kind::Hung, "the sandbox does not answer");
    }
    const auto window = std::max<Deadline::Clock::duration>((now - started) / 2, 2 * kStatusEvery);
    if (now - moved_ < window) return ended_as(CommandEnd::Kind::TimedOut, "still working");
    return ended_as(CommandEnd::Kind::Hung, "nothing moved: no output, no processor time");
  }

 private:
  static std::string cpu_of(const std::string& status) {
    const std::size_t at = status.find("cpu_ms=");
    return at == std::string::npos ? "" : status.substr(at, status.find(' ', at) - at);
  }

  const SandboxCommand& command_;
  std::string seen_;
  unsigned statuses_ = 0;
  Deadline::Clock::time_point moved_, answered_;
};

void AgentClient::send(std::string_view kind, std::uint64_t id, std::string_view payload) {
  // An agent that is gone shows as the end of its stream.
  if (!write_all(to_.get(), encode_frame(kind, id, payload))) connected_ = false;
}

std::uint64_t AgentClient::send_run(const std::vector<std::string>& argv,
                                    const std::map<std::string, std::string>& environment) {
  RunRequest request{.argv = argv, .env = {}, .cwd = {}};
  for (const auto& [name, value] : environment) request.env.push_back(name + "=" + value);
  const std::uint64_t id = ++last_id_;
  entries_[id];
  send("run", id, encode_run(request));
  return id;
}

void AgentClient::take(const Frame& frame) {
  if (frame.kind == "ready") ready_ = true;
  Entry& entry = entries_[frame.id];  // 0 collects what belongs to no command: answers to a ping
  if (frame.kind == "out") append_limited(entry.out, frame.payload);
  if (frame.kind == "err") append_limited(entry.err, frame.payload);
  if (frame.kind == "status") {
    entry.status = frame.payload;
    ++entry.statuses;
  }
  if (frame.kind == "threads") entry.threads = frame.payload;
  if (frame.kind == "goroutines") entry.goroutines = frame.payload;
  if (frame.kind == "exit") {
    entry.ended = true;
    entry.end = end_from(frame.payload);
  }
  if (frame.kind == "failed") {
    entry.ended = true;
    entry.end = ended_as(CommandEnd::Kind::NotStarted, frame.payload);
  }
}

bool AgentClient::pump(Deadline limit, int stop_fd) {
  if (!connected_) return false;
  pollfd fds[] = {{from_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
  const int ready = ::poll(fds, 2, static_cast<int>(limit.remaining().count()));
  if (ready <= 0 || fds[0].revents == 0) return false;
  char buffer[65536];
  const ssize_t count = ::read(from_.get(), buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) {
    connected_ = false;
    return false;
  }
  frames_.add({buffer, static_cast<std::size_t>(count)});
  while (true) {
    Result<std::optional<Frame>> frame = frames_.next();
    if (!frame) connected_ = false;  // not an agent's stream any more
    if (!frame || !*frame) return true;
    take(**frame);
  }
}

bool AgentClient::wait_ready(Deadline deadline, int stop_fd) {
  while (!ready_ && connected_ && !deadline.expired()) {
    if (!pump(deadline, stop_fd) && !deadline.expired() && connected_) return false;  // stopped
  }
  return ready_;
}

void AgentClient::kill_command(std::uint64_t id) {
  send("signal", id, std::to_string(SIGKILL));
  const Deadline limit = Deadline::after(kKillGrace);
  while (connected_ && !entries_[id].ended && !limit.expired()) pump(limit, -1);
}

// An agent that does not know the request, or does not answer, has nothing to say about threads.
std::vector<ThreadState> AgentClient::threads_of(std::uint64_t id) {
  send("threads", id);
  const Deadline limit = Deadline::after(kAnswerWithin);
  while (connected_ && !entries_[id].threads && !limit.expired()) pump(limit, -1);
  return read_threads(entries_[id].threads.value_or(""));
}

// Who was asked, then what they said since: they end when they have said it.
std::string AgentClient::goroutines_in(std::uint64_t id) {
  Entry& entry = entries_[id];
  const std::size_t before = entry.err.size();
  send("goroutines", id);
  const Deadline limit = Deadline::after(kAnswerWithin);
  while (connected_ && !limit.expired() && !entry.ended &&
         (!entry.goroutines || !entry.goroutines->empty()))
    pump(limit, -1);
  std::string said = entry.err.substr(before);
  entry.err.resize(before);
  return entry.goroutines.value_or("").empty() ? "" : *entry.goroutines + said;
}

std::string AgentClient::goroutines_of(std::uint64_t background) {
  return entries_[background].ended ? "" : goroutines_in(background);
}

CommandResult AgentClient::run(const SandboxCommand& command, Deadline deadline,
                               std::stop_token stop) {
  const StopFd stop_fd(stop);
  const auto started = Deadline::Clock::now();
  const std::uint64_t id = send_run(command.argv, command.environment);
  Watch watch(command);
  Deadline next_status = Deadline::after(kStatusEvery);
  std::optional<CommandEnd> cut;
  while (connected_ && !entries_[id].ended && !cut) {
    pump(deadline.sooner(next_status), stop_fd.get());
    watch.look(entries_[id]);
    if (entries_[id].ended) break;
    if (stop.stop_requested())
      cut = ended_as(CommandEnd::Kind::Cancelled);
    else if (deadline.expired())
      cut = watch.verdict(started);
    if (next_status.expired()) {
      send("status", id);
      next_status = Deadline::after(kStatusEvery);
    }
  }
  CommandResult result{
      .end = {},
      .out = {},
      .err = {},
      .threads = {},
      .goroutines = {},
      .duration = std::chrono::duration_cast<microseconds>(Deadline::Clock::now() - started)};
  const bool hung = cut && cut->kind == CommandEnd::Kind::Hung;
  const bool wants_stacks =
      command.wants_stacks && (hung || (cut && cut->kind == CommandEnd::Kind::TimedOut));
  if (hung || wants_stacks) {
    result.threads = threads_of(id);
    on_hang_();
  }
  if (wants_stacks) result.goroutines = goroutines_in(id);
  if (cut) kill_command(id);
  Entry entry = std::move(entries_[id]);
  entries_.erase(id);
  result.end = cut           ? *cut
               : entry.ended ? entry.end
                             : ended_as(CommandEnd::Kind::SandboxGone, "the sandbox ended");
  result.out = std::move(entry.out);
  result.err = std::move(entry.err);
  return result;
}

Result<> AgentClient::start_program(const std::vector<std::string>& argv, Deadline deadline,
                                    std::stop_token stop) {
  const StopFd stop_fd(stop);
  const std::uint64_t id = send_run(argv, {});
  Entry& entry = entries_[id];
  entry.is_program = true;
  while (connected_ && !entry.ended && !deadline.expired() && !stop.stop_requested()) {
    if (entry.out.starts_with("ready")) return {};
    pump(deadline, stop_fd.get());
  }
  if (entry.out.starts_with("ready")) return {};
  if (!connected_) return Error{"the sandbox ended while " + argv[0] + " was starting"};
  if (entry.ended && entry.end.kind == CommandEnd::Kind::NotStarted) {
    return Error{argv[0] + " cannot be started: " + entry.end.message};
  }
  if (!entry.ended) return Error{argv[0] + " did not get ready in time: " + entry.err};
  return Error{argv[0] + " ended with " +
               (entry.end.kind == CommandEnd::Kind::Signalled ? "signal " : "exit code ") +
               std::to_string(entry.end.code) + ": " + entry.err};
}

BackgroundLook AgentClient::look_at(std::uint64_t background) {
  while (pump(Deadline::after(milliseconds(0)), -1)) {
  }
  Entry& entry = entries_[background];
  BackgroundLook look{.end = std::nullopt, .output = std::exchange(entry.out, {})};
  look.output += std::exchange(entry.err, {});
  if (entry.ended)
    look.end = entry.end;
  else if (!connected_)
    look.end = ended_as(CommandEnd::Kind::SandboxGone, "the sandbox ended");
  return look;
}

bool AgentClient::ping(Deadline deadline) {
  const unsigned before = entries_[0].statuses;
  send("status", 0);
  while (connected_ && entries_[0].statuses == before && !deadline.expired()) pump(deadline, -1);
  return entries_[0].statuses != before;
}

void AgentClient::quit() {
  if (connected_) send("quit", 0);
  to_.reset();
}

std::string AgentClient::program_errors() const {
  std::string text;
  for (const auto& [id, entry] : entries_) {
    if (entry.is_program) text += entry.err;
  }
  return text;
}

}  // namespace testbed
