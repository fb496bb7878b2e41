#pragma once

#include <string_view>

#include "orchestrator/base/files.h"

namespace testbed {

// A directory that is removed with its owner. Its name begins with the given prefix, so that what a
// killed program left can be found.
class TempDir {
 public:
  // A fresh directory below `parent`, named PREFIX.XXXXXX.
  static Result<TempDir> make(const fs::path& parent, std::string_view prefix);

  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();

  const fs::path& path() const { return path_; }
  // The directory stays, and the caller is its owner from now on.
  fs::path release() { return std::exchange(path_, {}); }

 private:
  explicit TempDir(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

}  // namespace testbed
