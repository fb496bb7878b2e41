#pragma once

#include <atomic>
#include <thread>

#include "emulator/cgroupfs/fuse_adapter.h"
#include "emulator/cgroupfs/request.h"
#include "emulator/journal/journal.h"

namespace testbed {

// The threads that read requests and see to it that each is answered and recorded.
class Server {
 public:
  // `ended` is called once, by the last thread that has nothing left to read.
  Server(const Options& options, Journal journal, std::function<void()> ended);

  Result<> open_session(UniqueFd device);
  // After the mount. The threads run until the tree is unmounted; nothing joins them, the program
  // ends under them.
  void start();
  // Whether the kernel ended it, rather than an error.
  bool was_unmounted() const { return unmounted_; }

 private:
  struct Exchange {
    Request request;
    std::chrono::steady_clock::time_point start;
    Answer answer{};
  };

  void work();
  void serve(std::span<char> bytes);
  const Fault* find_fault(std::uint32_t opcode);
  ssize_t send(const iovec* parts, int count);
  void reject(const Exchange& exchange, int error);
  void record(const Exchange& exchange);
  void after_answer(const Exchange& exchange);

  const Options& options_;
  Journal journal_;
  std::function<void()> ended_;
  HostProcesses processes_;
  Served served_;
  std::unique_ptr<FuseAdapter> adapter_;

  std::mutex mutex_;
  std::map<std::uint64_t, Exchange*> exchanges_;  // those being answered, by their number
  std::map<std::uint32_t, std::uint64_t> asked_;  // how often, for faults
  std::atomic<std::uint64_t> answers_ = 0;
  std::atomic<unsigned> working_ = 0;
  std::atomic<bool> unmounted_ = false;
};

}  // namespace testbed
