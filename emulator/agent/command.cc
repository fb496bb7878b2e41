#include "emulator/agent/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "emulator/agent/proc_stat.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr auto kDrainTime = std::chrono::milliseconds(100);
constexpr std::size_t kDrainLimit = std::size_t{1} << 20;  // the largest pipe there is by default
constexpr std::size_t kChunk = 65536;

struct PipePair {
  UniqueFd read, write;
};

// Only our end is non-blocking: the flag belongs to one end, and a command expects a usual pipe.
Result<PipePair> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Error{"pipe2 " + errno_text(errno)};
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return PipePair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// What the child writes when it did not get as far as exec.
struct ExecReport {
  char call[16];
  int error;
};

[[noreturn]] void give_up(int report, const char* call) {
  ExecReport message{{}, errno};
  std::strncpy(message.call, call, sizeof message.call - 1);
  [[maybe_unused]] const ssize_t written = ::write(report, &message, sizeof message);
  ::_exit(127);
}

// An image need not have /dev/null; the end of a pipe without a writer reads as empty as well.
int open_empty_input() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return fd;
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return -1;
  ::close(fds[1]);
  return fds[0];
}

void default_signals() {
  for (const int number : {SIGCHLD, SIGPIPE, SIGTERM}) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// The agent has one thread, so its child may do more here than what is async-signal-safe.
[[noreturn]] void become(const RunRequest& request, int out, int err, int report) {
  ::setsid();
  default_signals();
  const int in = open_empty_input();
  if (in < 0 || ::dup2(in, 0) < 0) give_up(report, "open");
  if (::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) give_up(report, "dup2");
  if (!request.cwd.empty() && ::chdir(request.cwd.c_str()) != 0) give_up(report, "chdir");
  for (const std::string& entry : request.env) {
    const std::size_t equals = entry.find('=');
    ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  }
  std::vector<char*> argv;
  for (const std::string& argument : request.argv)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  give_up(report, "execve");
}

std::int64_t milliseconds_of(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1000 + time.tv_usec / 1000;
}

}  // namespace

Result<Command> Command::start(const RunRequest& request, Send send) {
  PipePair out = TRY(make_pipe());
  PipePair err = TRY(make_pipe());
  PipePair report = TRY(make_pipe());
  const pid_t pid = ::fork();
  if (pid < 0) return Error{"fork " + errno_text(errno)};
  if (pid == 0) become(request, out.write.get(), err.write.get(), report.write.get());
  Command command(pid, std::move(send));
  command.exec_report_ = std::move(report.read);
  command.out_ = std::move(out.read);
  command.err_ = std::move(err.read);
  return command;
}

void Command::add_to(std::vector<pollfd>& polled) const {
  if (exec_report_.valid()) {
    polled.push_back({exec_report_.get(), POLLIN, 0});
    return;
  }
  if (out_.valid()) polled.push_back({out_.get(), POLLIN, 0});
  if (err_.valid()) polled.push_back({err_.get(), POLLIN, 0});
}

void Command::read_exec_report() {
  ExecReport report{};
  const ssize_t count = ::read(exec_report_.get(), &report, sizeof report);
  if (count < 0) return;  // EAGAIN: still on its way to exec
  exec_report_.reset();
  if (count == 0) return send_("started", std::to_string(pid_));
  reported_ = true;
  send_("failed", std::string(report.call) + " " + errno_text(report.error));
}

bool Command::forward(std::string_view kind, UniqueFd& stream) {
  if (!stream.valid()) return false;
  char bytes[kChunk];
  const ssize_t count = ::read(stream.get(), bytes, sizeof bytes);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) {
    stream.reset();
    return false;
  }
  sent_ += static_cast<std::uint64_t>(count);
  send_(kind, std::string_view(bytes, static_cast<std::size_t>(count)));
  return true;
}

void Command::pump() {
  if (exec_report_.valid()) read_exec_report();
  if (exec_report_.valid()) return;
  forward("out", out_);
  forward("err", err_);
  if (!reaped_ || reported_) return;
  if (out_.valid() || err_.valid()) {
    if (Clock::now() < drain_until_) return;
    // A process in the background holds the pipes. What the leader wrote is in them already, so
    // that a bounded look is enough even if the other one never stops writing.
    for (std::size_t from = sent_; sent_ - from < kDrainLimit && forward("out", out_);) {
    }
    for (std::size_t from = sent_; sent_ - from < kDrainLimit && forward("err", err_);) {
    }
  }
  report_end();
}

void Command::report_end() {
  reported_ = true;
  send_("exit", WIFSIGNALED(wait_status_) ? "signalled " + std::to_string(WTERMSIG(wait_status_))
                                          : "exited " + std::to_string(WEXITSTATUS(wait_status_)));
}

void Command::ended(int wait_status, const rusage& usage) {
  reaped_ = true;
  wait_status_ = wait_status;
  reaped_cpu_ms_ = milliseconds_of(usage.ru_utime) + milliseconds_of(usage.ru_stime);
  drain_until_ = Clock::now() + kDrainTime;
}

Command::Clock::time_point Command::due() const {
  return reaped_ && !reported_ ? drain_until_ : Clock::time_point::max();
}

int Command::signal(int number) const {
  if (::kill(-pid_, number) == 0) return 0;
  const int error = errno;
  // Before the child called setsid(2) there is no such group, but there is the process.
  if (error == ESRCH && !reaped_ && ::kill(pid_, number) == 0) return 0;
  return error;
}

// Summed over the process group, as /proc shows it: the leader often only waits for the process
// that works. Without /proc the CPU time is unknown, which -1 tells from a standstill.
std::string Command::status() {
  ProcStat leader{.name = {}, .state = reaped_ ? 'X' : '?'};
  unsigned long ticks = 0;
  long threads = 0;
  for (const pid_t pid : numbers_in("/proc")) {
    ProcStat stat;
    if (!read_proc_stat("/proc/" + std::to_string(pid) + "/stat", stat) || stat.group != pid_)
      continue;
    ticks += stat.ticks;
    threads += stat.threads;
    if (pid == pid_) leader = stat;
  }
  const bool known = reaped_ || leader.state != '?';
  const std::string moved =
      "cpu_ms=" + std::to_string(known ? milliseconds_of_ticks(ticks) + reaped_cpu_ms_ : -1);
  watch_threads(moved + " " + std::to_string(sent_));
  return moved + " state=" + leader.state + " threads=" + std::to_string(threads) +
         " output=" + std::to_string(sent_);
}

// Looking at every thread costs time, which a command that works shall not pay for.
void Command::watch_threads(const std::string& movement) {
  if (movement == movement_) {
    threads_.look(pid_);
  } else {
    threads_.forget();
    movement_ = movement;
  }
}

}  // namespace testbed
