#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "emulator/agent/command.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr int kUsage = 64, kBadInput = 65, kOwnerGone = 69, kInternal = 70;

// SIGCHLD and SIGTERM reach the loop through a pipe that their handler writes to. signalfd(2) and
// pidfd_open(2) would be shorter, but gVisor has the latter only since 2026, and a pipe works in
// every version.
int signal_pipe[2];

void note_signal(int number) {
  const int kept = errno;
  const char byte = static_cast<char>(number);
  [[maybe_unused]] const ssize_t written = ::write(signal_pipe[1], &byte, 1);
  errno = kept;
}

class Agent {
 public:
  [[noreturn]] void run();

 private:
  void wait_for_something();
  void read_signals();
  void read_requests();
  void handle(const Frame& request);
  void start(const Frame& request);
  void reap();
  void reply(std::string_view kind, std::uint64_t id, std::string_view payload);
  [[noreturn]] void quit(int code);

  FrameReader requests_;
  std::map<std::uint64_t, Command> commands_;
};

// Blocks while the owner is slow: then the commands block on their pipes too, as they would without
// an agent in between.
void Agent::reply(std::string_view kind, std::uint64_t id, std::string_view payload) {
  const std::string frame = encode_frame(kind, id, payload);
  for (std::size_t done = 0; done < frame.size();) {
    const ssize_t count = ::write(1, frame.data() + done, frame.size() - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      pollfd out{1, POLLOUT, 0};
      ::poll(&out, 1, 200);
    } else if (count < 0 && errno != EINTR) {
      quit(kOwnerGone);
    }
  }
}

// Processes that left the group of their command but have no other parent any more: they are our
// children, as pid 1 or as subreaper.
void kill_adopted() {
  if (::getpid() == 1) {
    ::kill(-1, SIGKILL);
    return;
  }
  DIR* const proc = ::opendir("/proc");
  while (const dirent* entry = proc ? ::readdir(proc) : nullptr) {
    const std::string path = std::string("/proc/") + entry->d_name + "/stat";
    FILE* const stat = ::atoi(entry->d_name) > 0 ? std::fopen(path.c_str(), "re") : nullptr;
    if (!stat) continue;
    int parent = 0;
    if (std::fscanf(stat, "%*d (%*[^)]) %*c %d", &parent) == 1 && parent == ::getpid())
      ::kill(::atoi(entry->d_name), SIGKILL);
    std::fclose(stat);
  }
  if (proc) ::closedir(proc);
}

void Agent::quit(int code) {
  // Killing one generation makes us the parent of the next, so it is repeated until there is none.
  // Bounded, because in a sandbox under test a process may not be killable.
  for (int round = 0; round < 100; ++round) {
    for (const auto& [id, command] : commands_) command.signal(SIGKILL);
    kill_adopted();
    pid_t ended;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0 && errno == ECHILD) break;
    ::poll(nullptr, 0, 10);
  }
  ::_exit(code);
}

void Agent::start(const Frame& request) {
  const std::uint64_t id = request.id;
  if (commands_.contains(id)) return reply("failed", id, "command number in use");
  const auto decoded = decode_run(request.payload);
  if (!decoded) return reply("failed", id, decoded.error().message);
  auto command = Command::start(*decoded, [this, id](std::string_view kind, std::string_view text) {
    reply(kind, id, text);
  });
  if (!command) return reply("failed", id, command.error().message);
  commands_.emplace(id, std::move(command).value());
}

void Agent::handle(const Frame& request) {
  if (request.kind == "run") return start(request);
  if (request.kind == "quit") quit(0);
  if (request.kind == "status" && request.id == 0) return reply("status", 0, "alive");
  const auto found = commands_.find(request.id);
  if (request.kind != "status" && request.kind != "signal" && request.kind != "threads" &&
      request.kind != "goroutines")
    return reply("failed", request.id, "unknown request");
  if (found == commands_.end()) return reply("failed", request.id, "unknown command");
  if (request.kind == "status") return reply("status", request.id, found->second.status());
  if (request.kind == "threads") return reply("threads", request.id, found->second.threads());
  if (request.kind == "goroutines")
    return reply("goroutines", request.id, found->second.goroutines());
  const int number = std::atoi(request.payload.c_str());
  const int error = number > 0 ? found->second.signal(number) : EINVAL;
  if (error != 0) reply("failed", request.id, "kill " + errno_text(error));
}

void Agent::read_requests() {
  char bytes[65536];
  const ssize_t count = ::read(0, bytes, sizeof bytes);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) quit(0);
  requests_.add({bytes, static_cast<std::size_t>(count)});
  while (true) {
    const auto request = requests_.next();
    if (!request) {
      std::fprintf(stderr, "agent: %s\n", request.error().message.c_str());
      quit(kBadInput);
    }
    if (!*request) return;
    handle(**request);
  }
}

void Agent::read_signals() {
  char bytes[64];
  ssize_t count;
  while ((count = ::read(signal_pipe[0], bytes, sizeof bytes)) > 0)
    if (std::count(bytes, bytes + count, SIGTERM) > 0) quit(0);
}

// Every child, not only the commands: as pid 1 we inherit what they leave behind.
void Agent::reap() {
  int status = 0;
  rusage usage{};
  while (const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage)) {
    if (pid < 0) return;
    if (WIFSTOPPED(status)) {  // a thread that was looked into and stopped too late
      ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
      continue;
    }
    for (auto& [id, command] : commands_)
      if (command.pid() == pid) command.ended(status, usage);
  }
}

void Agent::wait_for_something() {
  using std::chrono::milliseconds;
  // Never longer than this, and everything is looked at afterwards: a wakeup that gets lost (in a
  // sandbox under test, or in a tracer between us and the kernel) then delays a reply and does not
  // hold it back for ever.
  milliseconds wait(200);
  std::vector<pollfd> polled{{0, POLLIN, 0}, {signal_pipe[0], POLLIN, 0}};
  for (const auto& [id, command] : commands_) {
    command.add_to(polled);
    if (command.due() == Command::Clock::time_point::max()) continue;
    const auto left = std::chrono::ceil<milliseconds>(command.due() - Command::Clock::now());
    wait = std::clamp(left, milliseconds(0), wait);
  }
  ::poll(polled.data(), polled.size(), static_cast<int>(wait.count()));
  if (polled[0].revents != 0) read_requests();
}

void Agent::run() {
  reply("ready", 0, "pid=" + std::to_string(::getpid()) + " version=1");
  while (true) {
    wait_for_something();
    read_signals();
    reap();
    for (auto& [id, command] : commands_) command.pump();
  }
}

void prepare_process() {
  // Without the first three descriptors a pipe would get one of their numbers.
  while (::fcntl(2, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) >= 0) {
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (::pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
    std::fprintf(stderr, "agent: pipe2: %s\n", errno_text(errno).c_str());
    ::_exit(kInternal);
  }
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGCHLD, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) {
  const std::string_view option = argc == 2 ? argv[1] : "";
  if (option == "--version") return std::puts("agent " TESTBED_VERSION), 0;
  if (option == "--help")
    return std::puts(
               "agent: runs commands on request; speaks frames (KIND ID LENGTH, newline,\n"
               "bytes) over standard input and output. Ends with its standard input."),
           0;
  if (argc > 1) return std::fprintf(stderr, "usage: agent [--help|--version]\n"), testbed::kUsage;
  testbed::prepare_process();
  testbed::Agent().run();
}
