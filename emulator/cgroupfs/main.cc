#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <thread>

#include "emulator/cgroupfs/control_socket.h"
#include "emulator/cgroupfs/events.h"
#include "emulator/cgroupfs/mount.h"
#include "emulator/cgroupfs/server.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr std::size_t kKeptLines = 10000;  // for a control socket
constexpr int kEnded = SIGUSR1;            // from the last serving thread to main

int fail(const Failure& failure) {
  std::fprintf(stderr, "cgroupfs: %s\n", failure.message.c_str());
  return failure.exit_code;
}

int fail_all(const std::vector<Failure>& failures) {
  for (const Failure& failure : failures) fail(failure);
  std::fprintf(stderr, "cgroupfs --help tells more\n");
  return failures.front().exit_code;
}

// Blocked before any thread starts, so that all inherit it and only main takes the signals.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, kEnded}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a reader of --ready-fd that is gone is not our end
  return signals;
}

// Until all is unmounted, by us on a signal or by somebody else.
int wait_for_end(const Server& server, Mounts& mounts, const sigset_t& signals) {
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
  const auto failure = mounts.undo();
  if (signal == kEnded && !server.was_unmounted()) return kExitInternal;
  return failure ? fail(*failure) : 0;
}

Result<Journal> open_journal(const Options& options) {
  return options.journal.empty() ? Result<Journal>(Journal()) : Journal::open(options.journal);
}

std::optional<Failure> add_mount(Server& server, Mounts& mounts, FileTree& tree,
                                 const std::string& directory, NodeId root, std::string name,
                                 const char* source) {
  UniqueFd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!device.valid()) return device_failure(errno);
  const int number = device.get();
  const auto opened = server.open_session(std::move(device), tree, root, std::move(name));
  if (!opened) return Failure{kExitInternal, opened.error().message};
  return mounts.add(number, directory, source);
}

std::optional<Failure> mount_all(Server& server, Mounts& mounts, const Options& options) {
  if (auto failure = mounts.prepare()) return failure;
  if (!options.extra.empty()) {
    auto failure =
        add_mount(server, mounts, server.extra(), options.extra, kTop, "extra", "cgroupfs");
    if (failure) return failure;
  }
  if (!options.separate_mounts) {
    const char* source = options.plan.roots.front().layout->unified ? "cgroup2" : "cgroup";
    return add_mount(server, mounts, server.served(), options.mountpoint, kTop, "", source);
  }
  for (const RootPlan& root : options.plan.roots) {
    const auto node = server.served().lookup(kTop, root.name);
    if (!node) return Failure{kExitInternal, "there is no hierarchy " + root.name};
    auto failure = add_mount(server, mounts, server.served(), mounts.directory_of(root), node->id,
                             root.name, root.layout->unified ? "cgroup2" : "cgroup");
    if (failure) return failure;
  }
  return std::nullopt;
}

// Makes it if that is wanted, and its path one that is found from any working directory, when the
// time comes to unmount it.
std::optional<Failure> prepare_directory(std::string& directory, bool make) {
  // gVisor says EROFS also of what exists; if it does not, the mount says so.
  const bool failed = make && ::mkdir(directory.c_str(), 0755) != 0;
  if (failed && errno != EEXIST && errno != EROFS && errno != ENOTCONN) {
    return Failure{kExitBadValue, "cannot make " + directory + ": " + errno_text(errno)};
  }
  std::error_code ignored;
  directory = fs::absolute(directory, ignored).string();
  return std::nullopt;
}

int serve(Options options) {
  const sigset_t signals = block_signals();
  for (std::string* directory : {&options.mountpoint, &options.extra}) {
    if (directory->empty()) continue;
    if (const auto failure = prepare_directory(*directory, options.make_dir)) return fail(*failure);
  }
  auto journal = open_journal(options);
  if (!journal) return fail({kExitBadValue, journal.error().message});
  UniqueFd control;
  if (!options.control.empty()) {
    auto listening = ControlSocket::listen(options.control);
    if (!listening) return fail({kExitBadValue, listening.error().message});
    control = std::move(listening).value();
    journal->keep(kKeptLines);
  }
  const HostProcesses processes;
  Server server(options, processes, std::move(journal).value(), [] { ::kill(::getpid(), kEnded); });
  Mounts mounts(options);
  if (const auto failure = mount_all(server, mounts, options)) {
    mounts.undo();
    return fail(*failure);
  }
  if (control.valid()) ControlSocket::serve(std::move(control), server.controlled());
  server.start();
  if (!options.extra.empty()) server.extra().set_mounts(mounts.shown());
  server.owner_is_ready();
  std::thread([&] { tell_events(server.served(), options.mountpoint); }).detach();
  const int code = wait_for_end(server, mounts, signals);
  if (!options.control.empty()) ::unlink(options.control.c_str());
  ::_exit(code);  // the serving threads may be inside a request
}

int run(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "ctl") {
    return run_control_client({arguments.begin() + 1, arguments.end()});
  }
  const ParsedOptions parsed = parse_options(arguments);
  if (parsed.options.help) {
    std::fputs(help_text().c_str(), stdout);
    return 0;
  }
  if (parsed.options.version) {
    std::puts("cgroupfs " TESTBED_VERSION);
    return 0;
  }
  return parsed.errors.empty() ? serve(parsed.options) : fail_all(parsed.errors);
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) { return testbed::run({argv + 1, argv + argc}); }
