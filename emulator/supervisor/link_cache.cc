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

LinkRead LinkCache::read(const std::string& path) {
  const auto now = Clock::now();
  if (now - since_ > kFresh || known_.size() >= kMost) {
    known_.clear();
    since_ = now;
  }
  const auto found = known_.find(path);
  if (found != known_.end()) return found->second;
  LinkRead link = read_plain_link(path);
  if (link.kind != LinkRead::Kind::Missing) known_.emplace(path, link);
  return link;
}

}  // namespace testbed::supervisor
