#pragma once

#include <sys/uio.h>

#include <functional>
#include <memory>
#include <span>

#include "emulator/cgroupfs/options.h"
#include "emulator/cgroupfs/served.h"
#include "orchestrator/base/result.h"
#include "orchestrator/base/unique_fd.h"

struct fuse_session;

namespace testbed {

// The only part that knows libfuse: turns requests of the kernel into calls of Served, and what
// comes of them into answers. Low-level API: node ids in place of paths.
class FuseAdapter {
 public:
  // Gives an answer to the kernel, as writev(2) on the device would. libfuse calls it for every
  // answer, also for those that it makes up itself, on the thread that called process().
  using Send = std::function<ssize_t(const iovec* parts, int count)>;

  static Result<std::unique_ptr<FuseAdapter>> make(UniqueFd device, const Options& options,
                                                   Served& served, Send send);
  ~FuseAdapter();
  FuseAdapter(const FuseAdapter&) = delete;
  FuseAdapter& operator=(const FuseAdapter&) = delete;

  int device() const { return device_; }
  // Several threads may call it at once.
  void process(std::span<char> request);

  Served& served() { return served_; }
  double timeout_seconds() const { return timeout_seconds_; }
  ssize_t send(const iovec* parts, int count) { return send_(parts, count); }

  // What one WRITE may carry; a reader of the device needs room for it and a page.
  static constexpr unsigned kMaxWrite = 65536;

 private:
  FuseAdapter(Served& served, Send send, double timeout_seconds)
      : served_(served), send_(std::move(send)), timeout_seconds_(timeout_seconds) {}

  Served& served_;
  Send send_;
  double timeout_seconds_;
  int device_ = -1;  // the session's
  fuse_session* session_ = nullptr;
};

}  // namespace testbed
