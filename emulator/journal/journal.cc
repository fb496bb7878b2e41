#include "emulator/journal/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
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

void Journal::keep(std::size_t lines) {
  if (!state_) state_ = std::make_unique<State>();
  state_->most_kept = lines;
}

std::vector<KeptLine> Journal::kept(std::int64_t since, std::size_t limit) const {
  std::vector<KeptLine> found;
  if (!state_) return found;
  const std::lock_guard lock(state_->mutex);
  // Numbers follow each other without a gap.
  const std::int64_t first = state_->seq - static_cast<std::int64_t>(state_->kept.size()) + 1;
  const auto skipped = static_cast<std::size_t>(std::max<std::int64_t>(0, since + 1 - first));
  for (std::size_t i = skipped; i < state_->kept.size() && found.size() < limit; ++i) {
    found.push_back(state_->kept[i]);
  }
  return found;
}

void Journal::write(const JsonLine& line) {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  JsonLine stamp;
  stamp.number("t", microseconds_now()).number("seq", ++state_->seq);
  std::string text = "{" + stamp.members();
  if (!line.members().empty()) text += "," + line.members();
  text += "}";
  if (state_->most_kept > 0) {
    state_->kept.push_back({state_->seq, text});
    if (state_->kept.size() > state_->most_kept) state_->kept.pop_front();
  }
  if (!state_->fd.valid()) return;
  text += "\n";
  [[maybe_unused]] const ssize_t written = ::write(state_->fd.get(), text.data(), text.size());
}

}  // namespace testbed
