#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "emulator/cgroupfs/mount.h"
#include "emulator/cgroupfs/server.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr int kEnded = SIGUSR1;  // from the last serving thread to main

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

// Until the tree is unmounted, by us on a signal or by somebody else.
int wait_for_end(const Server& server, const Options& options, const sigset_t& signals) {
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
  if (signal == kEnded) return server.was_unmounted() ? 0 : kExitInternal;
  const int error = unmount_tree(options.mountpoint);
  if (error == 0 || error == EINVAL) return 0;  // EINVAL: not a mount point any more
  return fail({kExitInternal, "cannot unmount " + options.mountpoint + ": " + errno_text(error)});
}

int serve(Options options) {
  const sigset_t signals = block_signals();
  if (options.make_dir && ::mkdir(options.mountpoint.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail({kExitBadValue, "cannot make " + options.mountpoint + ": " + errno_text(errno)});
  }
  // Found again from any working directory, when the time comes to unmount it.
  std::error_code ignored;
  options.mountpoint = fs::absolute(options.mountpoint, ignored).string();
  Journal journal;
  if (!options.journal.empty()) {
    auto opened = Journal::open(options.journal);
    if (!opened) return fail({kExitBadValue, opened.error().message});
    journal = std::move(opened).value();
  }
  UniqueFd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!device.valid()) return fail(device_failure(errno));
  const int number = device.get();
  Server server(options, std::move(journal), [] { ::kill(::getpid(), kEnded); });
  if (const auto opened = server.open_session(std::move(device)); !opened) {
    return fail({kExitInternal, opened.error().message});
  }
  if (const int error = mount_tree(number, options)) {
    return fail(mount_failure(options.mountpoint, error));
  }
  server.start();
  // _exit: the serving threads may be inside a request.
  ::_exit(wait_for_end(server, options, signals));
}

int run(std::vector<std::string> arguments) {
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
