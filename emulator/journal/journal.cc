#include "emulator/journal/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

#include "orchestrator/base/files.h"

namespace testbed {

Result<Journal> Journal::open(const fs::path& path) {
  return Journal(TRY(open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC)));
}

void Journal::write(const JsonLine& line) {
  if (!fd_.valid()) return;
  using namespace std::chrono;
  const std::lock_guard lock(mutex_);
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch());
  const std::string text =
      JsonLine().natural("seq", ++seq_).integer("t", now.count()).members_of(line).str() + "\n";
  [[maybe_unused]] const ssize_t written = ::write(fd_.get(), text.data(), text.size());
}

}  // namespace testbed
