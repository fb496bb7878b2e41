#include "emulator/cgroupfs/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "emulator/cgroupfs/fuse_adapter.h"
#include "emulator/cgroupfs/request.h"
#include "emulator/journal/journal.h"
#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"
#include "orchestrator/base/log.h"

namespace testbed::cgroupfs {
namespace {

constexpr char kDevice[] = "/dev/fuse";
constexpr char kRemedy[] =
    "; load the module (modprobe fuse), give the container the device, or, in gVisor before "
    "20221212, start runsc with --fuse";

using Clock = std::chrono::steady_clock;

class Server {
 public:
  Server(const Options& options, Journal journal)
      : options_(options),
        journal_(std::move(journal)),
        handled_(handled_opcodes(options.handlers)),
        counts_(options.failures.size()) {}

  Ending run();

 private:
  Ending mount();
  void work();
  int answer(const Request& request);
  const Failure* planned(const Request& request);
  void note(const Request& request, int error, std::chrono::nanoseconds duration);
  void initialised();
  void wake() { ::eventfd_write(over_.get(), 1); }

  const Options& options_;
  Journal journal_;
  Hierarchy hierarchy_;
  std::set<std::uint32_t> handled_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // requests that each failure applied to
  std::atomic<std::uint64_t> answered_ = 0;
  UniqueFd over_{::eventfd(0, EFD_CLOEXEC)};
  std::unique_ptr<FuseAdapter> adapter_;
};

Ending failed(int code, const std::string& doing, int error, const char* remedy = "") {
  return {code, doing + ": " + errno_text(error) + remedy};
}

// mount(2) by ourselves: libfuse adds options, and gVisor answers EINVAL to all but these.
Ending Server::mount() {
  const std::string mountpoint = options_.mountpoint.string();
  if (options_.make_dir)
    if (const auto made = make_directories(mountpoint); !made)
      return {kInternal, made.error().message};
  UniqueFd fd(::open(kDevice, O_RDWR | O_CLOEXEC));
  if (!fd.valid()) {
    const bool forbidden = errno == EPERM || errno == EACCES;
    return failed(forbidden ? kMayNotMount : kNoFuse, std::string("open ") + kDevice, errno,
                  forbidden ? "" : kRemedy);
  }
  std::string data = "fd=" + std::to_string(fd.get()) + ",rootmode=40000,user_id=0,group_id=0";
  if (options_.default_permissions) data += ",default_permissions";
  if (options_.allow_other) data += ",allow_other";
  const std::string doing = "mount fuse on " + mountpoint;
  if (::mount("cgroupfs", mountpoint.c_str(), "fuse", 0, data.c_str()) != 0) {
    if (errno == EPERM || errno == EACCES)
      return failed(kMayNotMount, doing, errno, "; mounting wants CAP_SYS_ADMIN");
    if (errno == ENODEV) return failed(kNoFuse, doing, errno, kRemedy);
    return failed(errno == ENOENT || errno == ENOTDIR ? kBadValue : kInternal, doing, errno,
                  errno == ENOENT ? "; --make-dir makes it" : "");
  }
  auto adapter =
      FuseAdapter::make(std::move(fd), hierarchy_, options_.handlers, options_.timeout_ms / 1000.0);
  if (!adapter) {
    ::umount2(mountpoint.c_str(), MNT_DETACH);
    return {kInternal, adapter.error().message};
  }
  adapter_ = std::move(*adapter);
  return {};
}

const Failure* Server::planned(const Request& request) {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const Failure& failure = options_.failures[i];
    if (failure.opcode != request.opcode) continue;
    const std::uint64_t count = ++counts_[i];
    if (failure.only == 0 || failure.only == count) return &failure;
  }
  return nullptr;
}

// The journal has the line before the client has the answer: who looks after a call finds it.
int Server::answer(const Request& request) {
  const auto begin = Clock::now();
  int answered = 0;
  const auto tell = [&](int error) {
    answered = error;
    note(request, error, Clock::now() - begin);
  };
  if (const Failure* failure = planned(request); failure && request.wants_answer()) {
    tell(failure->error);
    refuse(adapter_->fd(), request, failure->error);
    return answered;
  }
  if (!handled_.contains(request.opcode)) tell(answer_without_handler(request.opcode));
  adapter_->handle(tell);
  return answered;
}

void Server::note(const Request& request, int error, std::chrono::nanoseconds duration) {
  JsonLine line;
  line.text("op", opcode_name(request.opcode)).natural("node", request.node);
  if (!request.name.empty()) line.text("name", request.name);
  line.text_or_null("errno", error ? std::optional(errno_name(error)) : std::nullopt)
      .integer("ns", duration.count())
      .natural("pid", request.pid);
  journal_.write(line);
}

// The first request is INIT, and nothing else is sent until it was answered: only now is there work
// for more threads, and only now does the mount work.
void Server::initialised() {
  for (unsigned i = 1; i < options_.threads; ++i) std::thread([this] { work(); }).detach();
  if (const auto told = announce_ready(options_.ready, options_.mountpoint.string()); !told)
    log_warning("cgroupfs: " + told.error().message);
}

void Server::work() {
  for (;;) {
    const auto bytes = adapter_->receive();
    if (bytes.empty()) return wake();
    const Request request = parse_request(bytes);
    const int error = answer(request);
    if (request.is_init()) {
      if (error == 0) initialised();
    } else if (++answered_ == options_.die_after) {
      ::_exit(kInternal);
    }
  }
}

Ending Server::run() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // whoever waited for the ready line may be gone
  const UniqueFd told(::signalfd(-1, &signals, SFD_CLOEXEC));
  if (!told.valid() || !over_.valid()) return failed(kInternal, "signalfd, eventfd", errno);
  if (Ending ending = mount(); ending.code != kDone) return ending;
  std::thread([this] { work(); }).detach();
  pollfd waits[] = {{told.get(), POLLIN, 0}, {over_.get(), POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
  }
  // Detached, as clients may still use it: they get ENOTCONN once we are gone.
  if (waits[0].revents) ::umount2(options_.mountpoint.c_str(), MNT_DETACH);
  return {};
}

}  // namespace

Ending serve(const Options& options) {
  Journal journal;
  if (!options.journal.empty()) {
    auto opened = Journal::open(options.journal);
    if (!opened) return {kBadValue, "--journal: " + opened.error().message};
    // Never destroyed: threads may still write when the program ends.
    return (new Server(options, std::move(*opened)))->run();
  }
  return (new Server(options, Journal()))->run();
}

}  // namespace testbed::cgroupfs
