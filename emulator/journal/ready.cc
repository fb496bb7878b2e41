#include "emulator/journal/ready.h"

#include "orchestrator/base/files.h"

namespace testbed {

Result<> announce_ready(const ReadySigns& signs, std::string_view text) {
  const std::string line = "ready " + std::string(text) + "\n";
  if (signs.fd) {
    const UniqueFd fd(*signs.fd);
    if (auto written = write_all(fd.get(), line); !written)
      return std::move(written).error().in("--ready-fd " + std::to_string(*signs.fd));
  }
  if (!signs.file.empty()) TRY(write_file_atomically(signs.file, line));
  return {};
}

}  // namespace testbed
