#pragma once

#include <sys/uio.h>

#include <functional>
#include <memory>
#include <span>

#include "emulator/cgroupfs/file_tree.h"
#include "emulator/cgroupfs/options.h"
#include "orchestrator/base/result.h"
#include "orchestrator/base/unique_fd.h"

struct fuse_session;

namespace testbed {

// The only part that knows libfuse: turns requests of the kernel into calls of FileTree, and what
// comes of them into answers. Low-level API: node ids in place of paths.
class FuseAdapter {
 public:
  // Gives an answer to the kernel, as writev(2) on the device would. libfuse calls it for every
  // answer, also for those that it makes up itself, on the thread that called process().
  using Send = std::function<ssize_t(const iovec* parts, int count)>;

  // `root` is the node that the mount shows at its top. The tree has to outlive the adapter.
  static Result<std::unique_ptr<FuseAdapter>> make(UniqueFd device, const Options& options,
                                                   FileTree& tree, NodeId root, Send send);
  ~FuseAdapter();
  FuseAdapter(const FuseAdapter&) = delete;
  FuseAdapter& operator=(const FuseAdapter&) = delete;

  int device() const { return device_; }
  // Of a node as the kernel numbers it.
  std::string node_path(NodeId asked) const { return tree_.node_path(node(asked)); }
  // Several threads may call it at once.
  void process(std::span<char> request);

  FileTree& tree() { return tree_; }
  // The kernel calls the top of every mount FUSE_ROOT_ID.
  NodeId node(NodeId asked) const { return asked == kTop ? root_ : asked; }
  double timeout_seconds() const { return timeout_seconds_; }
  // Where attributes are cached there is nothing that a close could tell: one request less of the
  // four that reading a file takes. Without a handler the answer to FLUSH is what is looked at.
  bool spares_flush() const { return spares_flush_; }
  ssize_t send(const iovec* parts, int count) { return send_(parts, count); }

  // What one WRITE may carry; a reader of the device needs room for it and a page.
  static constexpr unsigned kMaxWrite = 65536;

 private:
  FuseAdapter(FileTree& tree, NodeId root, Send send, const Options& options)
      : tree_(tree),
        root_(root),
        send_(std::move(send)),
        timeout_seconds_(options.timeout_ms / 1000.0),
        spares_flush_(options.timeout_ms > 0 && options.handlers.contains("flush")) {}

  FileTree& tree_;
  NodeId root_;
  Send send_;
  double timeout_seconds_;
  bool spares_flush_;
  int device_ = -1;  // the session's
  fuse_session* session_ = nullptr;
};

}  // namespace testbed
