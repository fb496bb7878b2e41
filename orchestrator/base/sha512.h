#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/base/files.h"

namespace testbed {

// The digest of what comes in pieces.
class Sha512 {
 public:
  Sha512();
  ~Sha512();
  Sha512(Sha512&&) noexcept;
  Sha512& operator=(Sha512&&) noexcept;

  void add(std::string_view bytes);
  std::string finish();  // once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Lower-case hexadecimal digests.
std::string sha512_of(std::string_view bytes);
Result<std::string> sha512_of_file(const fs::path& path);

// The digest of a directory: that of its sorted list of paths, modes and file digests. Owners,
// times and device numbers do not count, so that the same content has the same digest wherever it
// was made.
Result<std::string> sha512_of_tree(const fs::path& root);

}  // namespace testbed
