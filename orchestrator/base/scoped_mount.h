#pragma once

#include "orchestrator/base/files.h"

namespace testbed {

// A mount that is undone with its owner: lazily detached (what still uses it keeps it until it
// ends), links not followed.
class ScopedMount {
 public:
  // An overlay of `lower` whose changes go to `work`/upper; `work` must be on a file system that
  // can hold an upper layer.
  static Result<ScopedMount> overlay(const fs::path& lower, const fs::path& work,
                                     const fs::path& target);
  // An empty tmpfs of at most `bytes`.
  static Result<ScopedMount> tmpfs(const fs::path& target, std::size_t bytes);

  // A mount that a program made there, and that is the caller's from now on.
  static ScopedMount adopt(fs::path target) { return ScopedMount(std::move(target)); }

  ScopedMount(ScopedMount&& other) noexcept : target_(std::exchange(other.target_, {})) {}
  ScopedMount& operator=(ScopedMount&&) = delete;
  ~ScopedMount();

  const fs::path& target() const { return target_; }
  // Undone now, and whether that went well.
  Result<> unmount();
  // The mount stays, and the caller is its owner from now on.
  void release() { target_.clear(); }

 private:
  explicit ScopedMount(fs::path target) : target_(std::move(target)) {}
  fs::path target_;
};

// The mount points below (and at) `root` as /proc/self/mountinfo lists them, deepest first.
std::vector<fs::path> mounts_below(const fs::path& root);

// Lazily detaches every mount below and at `root`, deepest first.
Result<> detach_mounts_below(const fs::path& root);

}  // namespace testbed
