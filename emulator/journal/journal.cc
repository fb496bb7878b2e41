#include "emulator/journal/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

namespace testbed {
namespace {

std::int64_t microseconds_now() {
  using std::chrono::duration_cast;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return duration_cast<std::chrono::microseconds>(since_epoch).count();
}

}  // namespace

Result<Journal> Journal::open(const fs::path& path) {
  UniqueFd fd = TRY(open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC));
  return Journal(std::unique_ptr<State>(new State{.fd = std::move(fd)}));
}

void Journal::write(const JsonLine& line) {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  JsonLine stamp;
  stamp.number("t", microseconds_now()).number("seq", ++state_->seq);
  std::string text = "{" + stamp.members();
  if (!line.members().empty()) text += "," + line.members();
  text += "}\n";
  [[maybe_unused]] const ssize_t written = ::write(state_->fd.get(), text.data(), text.size());
}

}  // namespace testbed
