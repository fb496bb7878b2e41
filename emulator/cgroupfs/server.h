#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "emulator/cgroupfs/control_commands.h"
#include "emulator/cgroupfs/extra_files.h"
#include "emulator/cgroupfs/fuse_adapter.h"
#include "emulator/cgroupfs/request.h"
#include "emulator/journal/journal.h"

namespace testbed {

// The threads that read requests of all mounts and see to it that each is answered and recorded.
class Server {
 public:
  // `ended` is called once, by the last thread that has nothing left to read.
  Server(const Options& options, const Processes& processes, Journal journal,
         std::function<void()> ended);

  Served& served() { return served_; }
  ExtraFiles& extra() { return extra_; }
  Controlled controlled() { return {served_, journal_, injected_, statistics_}; }
  // One for each mount, before start(). `name` tells the mounts apart in the journal; empty: there
  // is only one.
  Result<> open_session(UniqueFd device, FileTree& tree, NodeId root, std::string name);
  // After the mounts. The threads run until all are unmounted; nothing joins them, the program ends
  // under them.
  void start();
  // One request as it could be read from the first session's device, for callers without a kernel;
  // its answer goes to that device.
  void serve(std::span<char> bytes) { serve(sessions_.front(), bytes); }
  // The owner has done what it wanted to do before "ready" is announced; the kernel's INIT of each
  // mount has to be answered too.
  void owner_is_ready() { step_to_ready(); }
  // Whether the kernel ended it, rather than an error.
  bool was_unmounted() const { return !failed_; }

 private:
  struct Exchange {
    Request request;
    std::chrono::steady_clock::time_point start;
    Answer answer{};
    std::optional<std::size_t> most{};  // bytes that the answer may carry
  };
  // One connection with the kernel, which numbers its requests by itself.
  struct Session {
    std::string name;
    std::unique_ptr<FuseAdapter> adapter{};
    std::mutex mutex{};
    std::map<std::uint64_t, Exchange*> exchanges{};  // those being answered, by their number
    std::atomic<unsigned> workers = 0, delayed = 0;
  };

  void start_worker(Session& session);
  void work(Session& session);
  void serve(Session& session, std::span<char> bytes);
  void answer(Session& session, Exchange& exchange, std::span<char> bytes);
  // Whether the request has got its answer.
  bool inject(Session& session, Exchange& exchange);
  void delay(Session& session, std::chrono::milliseconds span);
  const Fault* find_fault(std::uint32_t opcode);
  ssize_t send(Session& session, const iovec* parts, int count);
  static ssize_t write_out(const Session& session, const Exchange* exchange, const iovec* parts,
                           int count);
  void reject(Session& session, const Exchange& exchange, int error);
  void record(const Session& session, const Exchange& exchange);
  void after_answer(const Exchange& exchange);
  void step_to_ready();

  const Options& options_;
  Journal journal_;
  std::function<void()> ended_;
  Served served_;
  ExtraFiles extra_;
  InjectedFaults injected_;
  Statistics statistics_;
  std::list<Session> sessions_;

  std::mutex mutex_;
  std::map<std::uint32_t, std::uint64_t> asked_;  // how often, for faults
  std::atomic<std::uint64_t> answers_ = 0;
  std::atomic<std::size_t> steps_to_ready_ = 0;
  std::atomic<std::size_t> working_ = 0;
  std::atomic<bool> failed_ = false;
};

}  // namespace testbed
