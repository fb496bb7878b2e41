#include "emulator/supervisor/link_cache.h"

#include <unistd.h>

#include <cerrno>
#include <climits>

namespace testbed::supervisor {

LinkRead read_plain_link(const std::string& path) {
  char text[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), text, sizeof text);
  if (length >= 0) {
    return {LinkRead::Kind::Link, std::string(text, static_cast<std::size_t>(length))};
  }
  return {errno == EINVAL ? LinkRead::Kind::NotALink : LinkRead::Kind::Missing, ""};
}

void LinkCache::forget() {
  known_.clear();
  walks_.clear();
  ++generation_;
}

void LinkCache::forget_if_old() {
  const auto now = Clock::now();
  if (now - since_ <= kFresh && known_.size() < kMost && walks_.size() < kMost) return;
  forget();
  since_ = now;
}

const Resolution* LinkCache::walked(const std::string& key) {
  forget_if_old();
  const auto found = walks_.find(key);
  return found == walks_.end() ? nullptr : &found->second;
}

void LinkCache::remember(const std::string& key, const Resolution& found,
                         std::uint64_t generation) {
  if (generation == generation_) walks_.insert_or_assign(key, found);
}

LinkRead LinkCache::read(const std::string& path) {
  forget_if_old();
  const auto found = known_.find(path);
  if (found != known_.end()) return found->second;
  LinkRead link = read_plain_link(path);
  if (link.kind != LinkRead::Kind::Missing) known_.emplace(path, link);
  return link;
}

}  // namespace testbed::supervisor
