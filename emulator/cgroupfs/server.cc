#include "emulator/cgroupfs/server.h"

#include <linux/fuse.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/log.h"

namespace testbed {
namespace {

constexpr std::size_t kBufferSize = FuseAdapter::kMaxWrite + 4096;

// What the request says that it is long; parse_request() has found that it is there.
std::size_t header_length(std::span<const char> bytes) {
  fuse_in_header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.len;
}

}  // namespace

Server::Server(const Options& options, const Processes& processes, Journal journal,
               std::function<void()> ended)
    : options_(options),
      journal_(std::move(journal)),
      ended_(std::move(ended)),
      served_(processes, options.plan, options.report_only),
      extra_(served_, processes) {}

Result<> Server::open_session(UniqueFd device, FileTree& tree, NodeId root, std::string name) {
  Session& session = sessions_.emplace_back();
  session.name = std::move(name);
  session.adapter = TRY(FuseAdapter::make(
      std::move(device), options_, tree, root,
      [this, &session](const iovec* parts, int count) { return send(session, parts, count); }));
  return {};
}

void Server::start() {
  working_ = sessions_.size() * options_.threads;
  for (Session& session : sessions_) {
    for (unsigned i = 0; i < options_.threads; ++i) {
      start_worker(session);
    }
  }
}

void Server::start_worker(Session& session) {
  ++session.workers;
  std::thread([this, &session] {
    work(session);
    --session.workers;
    if (--working_ == 0) ended_();
  }).detach();
}

void Server::work(Session& session) {
  std::vector<char> buffer(kBufferSize);
  while (true) {
    const ssize_t length = ::read(session.adapter->device(), buffer.data(), buffer.size());
    if (length > 0) {
      serve(session, {buffer.data(), static_cast<std::size_t>(length)});
    } else if (length < 0 && errno == ENODEV) {
      return;
    } else if (length < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT) {
      log_warning("cgroupfs: cannot read requests: " + errno_text(errno));
      failed_ = true;
      return;
    }  // ENOENT: the request was taken back before it was read
  }
}

void Server::serve(Session& session, std::span<char> bytes) {
  const auto request = parse_request(bytes);
  if (!request) return log_warning("cgroupfs: a request is shorter than it says");
  Exchange exchange{.request = *request, .start = std::chrono::steady_clock::now()};
  {
    const std::lock_guard lock(session.mutex);
    session.exchanges[request->unique] = &exchange;
  }
  answer(session, exchange, bytes.first(header_length(bytes)));
  {
    const std::lock_guard lock(session.mutex);
    session.exchanges.erase(request->unique);
  }
  if (!exchange.answer.sent) record(session, exchange);
}

void Server::answer(Session& session, Exchange& exchange, std::span<char> bytes) {
  if (!injected_.none() && inject(session, exchange)) return;
  if (const Fault* fault = find_fault(exchange.request.opcode)) {
    exchange.answer.injected = true;
    return reject(session, exchange, fault->error);
  }
  if (is_left_alone(exchange.request.opcode)) return;
  if (is_well_formed(bytes)) return session.adapter->process(bytes);
  log_warning("cgroupfs: " + opcode_name(exchange.request.opcode) + " lacks a part");
  if (expects_answer(exchange.request.opcode)) reject(session, exchange, EINVAL);
}

bool Server::inject(Session& session, Exchange& exchange) {
  std::string path = session.adapter->node_path(exchange.request.node);
  if (exchange.request.name) path += (path.ends_with("/") ? "" : "/") + *exchange.request.name;
  const auto fault = injected_.take(exchange.request.opcode, path);
  if (!fault || !expects_answer(exchange.request.opcode)) return false;
  exchange.answer.injected = true;
  if (fault->delay.count() > 0) delay(session, fault->delay);
  if (fault->death) {
    record(session, exchange);
    ::_exit(kExitInternal);
  }
  if (fault->error != 0) reject(session, exchange, fault->error);
  if (exchange.request.opcode == FUSE_READ) exchange.most = fault->short_read;
  return fault->error != 0;
}

// A thread that waits is replaced: others are served meanwhile, however many wait.
void Server::delay(Session& session, std::chrono::milliseconds span) {
  constexpr unsigned kMostWorkers = 256;
  const unsigned delayed = ++session.delayed;
  if (session.workers < std::min(options_.threads + delayed, kMostWorkers)) {
    ++working_;
    start_worker(session);
  }
  std::this_thread::sleep_for(span);
  --session.delayed;
}

const Fault* Server::find_fault(std::uint32_t opcode) {
  if (options_.faults.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++asked_[opcode];
  for (const Fault& fault : options_.faults) {
    if (fault.opcode == opcode && (fault.nth == 0 || fault.nth == number)) return &fault;
  }
  return nullptr;
}

void Server::reject(Session& session, const Exchange& exchange, int error) {
  fuse_out_header header{.len = sizeof header, .error = -error, .unique = exchange.request.unique};
  const iovec part{&header, sizeof header};
  send(session, &part, 1);
}

ssize_t Server::send(Session& session, const iovec* parts, int count) {
  fuse_out_header header;
  std::memcpy(&header, parts[0].iov_base, sizeof header);
  Exchange* exchange = nullptr;
  {
    const std::lock_guard lock(session.mutex);
    if (const auto at = session.exchanges.find(header.unique); at != session.exchanges.end()) {
      exchange = at->second;
    }
  }
  if (exchange != nullptr) {
    exchange->answer.sent = true;
    exchange->answer.error = -header.error;
    // Before the answer: whoever got one finds its line in the journal.
    record(session, *exchange);
  }
  const ssize_t written = write_out(session, exchange, parts, count);
  const int error = errno;
  if (exchange != nullptr) after_answer(*exchange);
  errno = error;
  return written;
}

ssize_t Server::write_out(const Session& session, const Exchange* exchange, const iovec* parts,
                          int count) {
  const int device = session.adapter->device();
  if (exchange == nullptr || !exchange->most || count < 2) return ::writev(device, parts, count);
  std::string whole;
  for (int i = 0; i < count; ++i) {
    whole.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  whole.resize(std::min(whole.size(), sizeof(fuse_out_header) + *exchange->most));
  const auto length = static_cast<std::uint32_t>(whole.size());
  std::memcpy(whole.data(), &length, sizeof length);  // the header's first member
  return ::write(device, whole.data(), whole.size());
}

void Server::record(const Session& session, const Exchange& exchange) {
  const auto span = std::chrono::steady_clock::now() - exchange.start;
  statistics_.count(exchange.request.opcode, exchange.answer.error,
                    static_cast<std::uint64_t>(std::chrono::nanoseconds(span).count()));
  if (journal_.drops_lines()) return;
  JsonLine line =
      journal_line(exchange.request, exchange.answer, std::chrono::nanoseconds(span).count());
  if (!session.name.empty()) line.text("mount", session.name);
  journal_.write(line);
}

void Server::after_answer(const Exchange& exchange) {
  if (is_init(exchange.request.opcode)) {
    step_to_ready();  // only now: mount(2) returns before the kernel has asked for anything
  } else if (++answers_ == options_.die_after) {
    ::_exit(kExitInternal);
  }
}

void Server::step_to_ready() {
  if (++steps_to_ready_ != sessions_.size() + 1) return;
  const auto announced = announce_ready(options_.ready, options_.mountpoint);
  if (!announced) log_warning("cgroupfs: cannot say ready: " + announced.error().message);
}

}  // namespace testbed
