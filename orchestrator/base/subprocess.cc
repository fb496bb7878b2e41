#include "orchestrator/base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOST_PROCESS_USE_STD_FS
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/posix.hpp>
#include <boost/process/start_dir.hpp>
#include <cerrno>
#include <mutex>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/stop_fd.h"

namespace testbed {
namespace {

namespace bp = boost::process;

constexpr int kCannotStart = 126;
constexpr std::size_t kStreamLimit = std::size_t{16} << 20;

// Boost.Process v1 opens its error pipe without O_CLOEXEC: a child that another thread starts at
// that moment would inherit it and block the first start until it ends. So one start at a time.
std::mutex& starting() {
  static std::mutex mutex;
  return mutex;
}

Result<UniqueFd> open_pidfd(pid_t pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return Error{"pidfd_open: " + errno_text(errno)};
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  return fd;
}

bp::environment environment_with(const std::map<std::string, std::string>& additions) {
  bp::environment environment = boost::this_process::environment();
  for (const auto& [name, value] : additions) environment[name] = value;
  return environment;
}

void append_available(int fd, std::string& text, bool& open) {
  char buffer[65536];
  const ssize_t count = ::read(fd, buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return;
  open = count > 0;
  if (open && text.size() < kStreamLimit) text.append(buffer, static_cast<std::size_t>(count));
}

// Fills both texts until the streams end, the process is gone and silent, or waiting is over.
void drain(const Subprocess& process, const Pipe& out, const Pipe& err, CommandOutput& output,
           Deadline deadline, int stop_fd) {
  bool out_open = true, err_open = true;
  while (out_open || err_open) {
    pollfd fds[] = {{out_open ? out.read.get() : -1, POLLIN, 0},
                    {err_open ? err.read.get() : -1, POLLIN, 0},
                    {stop_fd, POLLIN, 0}};
    // A grandchild may hold the pipes for ever: once the child is gone only what is there already
    // counts.
    const bool gone = process.ended();
    const int wait =
        gone ? 50 : static_cast<int>(std::min<long>(deadline.remaining().count(), 200));
    const int ready = ::poll(fds, 3, wait);
    if (ready < 0 && errno != EINTR) return;
    if (fds[0].revents) append_available(out.read.get(), output.out, out_open);
    if (fds[1].revents) append_available(err.read.get(), output.err, err_open);
    if ((fds[2].revents || deadline.expired() || gone) && !fds[0].revents && !fds[1].revents)
      return;
    if (fds[2].revents || deadline.expired()) return;
  }
}

std::string tail(const std::string& text, std::size_t limit) {
  return text.size() <= limit ? text : "…" + text.substr(text.size() - limit);
}

}  // namespace

bool succeeded(const ExitStatus& status) {
  const Exited* exited = std::get_if<Exited>(&status);
  return exited && exited->code == 0;
}

std::string describe(const ExitStatus& status) {
  if (const auto* exited = std::get_if<Exited>(&status)) {
    return "exit code " + std::to_string(exited->code);
  }
  if (const auto* signalled = std::get_if<Signalled>(&status)) {
    const char* name = ::sigabbrev_np(signalled->signal);
    return name ? std::string("SIG") + name : "signal " + std::to_string(signalled->signal);
  }
  return std::holds_alternative<TimedOut>(status) ? "past its deadline" : "stopped";
}

std::string quoted(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& arg : argv) {
    if (!line.empty()) line += ' ';
    const bool plain =
        !arg.empty() &&
        arg.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_-+=:,./") ==
            std::string::npos;
    if (plain) {
      line += arg;
      continue;
    }
    line += '\'';
    for (const char c : arg) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

Result<Pipe> Pipe::make() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Error{"pipe2: " + errno_text(errno)};
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<Subprocess> Subprocess::start(const ProcessSpec& spec) {
  CHECK(!spec.argv.empty(), "a process has an argv[0]");
  const fs::path program = spec.argv[0].find('/') == std::string::npos ? find_program(spec.argv[0])
                                                                       : fs::path(spec.argv[0]);
  if (program.empty()) return Error{spec.argv[0] + ": no such program in PATH"};
  log_detail(quoted(spec.argv));
  const UniqueFd null = TRY(open_file("/dev/null", O_RDWR));
  const auto stream = [&](int fd) { return fd < 0 ? null.get() : fd; };
  const bool dies_with_us = spec.dies_with_us;
  std::vector<UniqueFd> groups;
  for (const fs::path& entrance : spec.groups) groups.push_back(TRY(open_file(entrance, O_WRONLY)));
  // Between fork and exec: async-signal-safe calls only. A group that refuses its process
  // (cgroups(7): a v2 group with controllers for others) is told by the exit code that shells have
  // for it.
  const auto setup = [dies_with_us, &groups](auto&) {
    for (const UniqueFd& group : groups) {
      if (::write(group.get(), "0", 1) != 1) ::_exit(kCannotStart);
    }
    ::setpgid(0, 0);
    if (dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
  };
  const std::vector<std::string> args(spec.argv.begin() + 1, spec.argv.end());
  std::error_code error;
  const std::lock_guard lock(starting());
  bp::child child(bp::exe = program.string(), bp::args = args, environment_with(spec.env),
                  bp::start_dir = spec.cwd.empty() ? "." : spec.cwd.string(),
                  bp::posix::fd.bind(0, stream(spec.in)), bp::posix::fd.bind(1, stream(spec.out)),
                  bp::posix::fd.bind(2, stream(spec.err)), error,
                  bp::extend::on_exec_setup = setup);
  if (error) return errno_error("start", program, error.value());
  const pid_t pid = child.id();
  child.detach();  // the descriptor watches it from here
  auto exit_fd = open_pidfd(pid);
  if (!exit_fd) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return std::move(exit_fd).error();
  }
  return Subprocess(pid, std::move(exit_fd).value());
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_fd_(std::move(other.exit_fd_)) {}

Subprocess::~Subprocess() {
  if (pid_ < 0) return;
  signal_group(SIGKILL);
  reap();
}

void Subprocess::signal_group(int signal) const {
  // Until the leader is reaped its zombie keeps the number of the group reserved.
  if (pid_ > 0) ::kill(-pid_, signal);
}

bool Subprocess::ended() const {
  pollfd fd{exit_fd_.get(), POLLIN, 0};
  return ::poll(&fd, 1, 0) > 0;
}

bool Subprocess::wait_readable(Deadline deadline, int stop_fd) const {
  while (true) {
    pollfd fds[] = {{exit_fd_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
    const auto wait = std::min<long>(deadline.remaining().count(), 60'000);
    const int ready = ::poll(fds, 2, static_cast<int>(wait));
    if (ready < 0 && errno != EINTR) return false;
    if (fds[0].revents) return true;
    if (ready > 0 && fds[1].revents) return false;
    if (deadline.expired()) return false;
  }
}

ExitStatus Subprocess::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return Signalled{WTERMSIG(status)};
  return Exited{WEXITSTATUS(status)};
}

ExitStatus Subprocess::wait(Deadline deadline, std::stop_token stop, milliseconds grace) {
  CHECK(pid_ > 0, "a process is waited for once");
  const StopFd stop_fd(stop);
  if (wait_readable(deadline, stop_fd.get())) {
    signal_group(SIGKILL);  // what the leader left in its group
    return reap();
  }
  const bool cancelled = stop.stop_requested();
  signal_group(SIGTERM);
  if (grace.count() > 0) wait_readable(Deadline::after(grace), -1);
  signal_group(SIGKILL);
  reap();
  if (cancelled) return Cancelled{};
  return TimedOut{};
}

Result<CommandOutput> run_command(ProcessSpec spec, Deadline deadline, std::stop_token stop) {
  Pipe out = TRY(Pipe::make());
  Pipe err = TRY(Pipe::make());
  spec.out = out.write.get();
  spec.err = err.write.get();
  Subprocess process = TRY(Subprocess::start(spec));
  out.write.reset();
  err.write.reset();
  CommandOutput output{.status = Exited{0}, .out = {}, .err = {}};
  {
    const StopFd stop_fd(stop);
    drain(process, out, err, output, deadline, stop_fd.get());
  }
  output.status = process.wait(deadline, stop);
  return output;
}

Result<std::string> must_succeed(ProcessSpec spec, Deadline deadline, std::stop_token stop) {
  const std::string line = quoted(spec.argv);
  CommandOutput output = TRY(run_command(std::move(spec), deadline, stop));
  if (succeeded(output.status)) return std::move(output.out);
  return Error{"`" + line + "` ended with " + describe(output.status) + ": " +
               tail(output.err.empty() ? output.out : output.err, 2000)};
}

}  // namespace testbed
