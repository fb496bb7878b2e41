#include "emulator/journal/ready.h"

namespace testbed {

Result<> announce_ready(const Ready& ready, std::string_view text) {
  const std::string line = "ready " + std::string(text) + "\n";
  if (!ready.path.empty()) TRY(write_file_atomically(ready.path, line));
  if (ready.fd >= 0) TRY(write_all(ready.fd, line));
  return {};
}

}  // namespace testbed
