#include "emulator/cgroupfs/siblings.h"

#include <algorithm>

namespace testbed {

namespace {
constexpr std::size_t kMostMakers = 64;
}

void Siblings::moved(const Processes& processes, pid_t maker, pid_t parent, Group& root,
                     Group& to) {
  auto at = std::find_if(makers_.begin(), makers_.end(), [&](const Maker& known) {
    return known.pid == maker && known.parent == parent;
  });
  if (at == makers_.end()) {
    if (makers_.size() == kMostMakers) makers_.pop_front();
    at = makers_.insert(makers_.end(), Maker{.pid = maker, .parent = parent});
  }
  if (at->places.empty()) {
    at->own = processes.channels_of(maker);
    for (const std::string& shared : processes.channels_of(parent)) at->own.erase(shared);
  }
  at->places[&root] = &to;
}

Group* Siblings::place_of(const Processes& processes, pid_t pid, pid_t parent,
                          const Group& root) const {
  for (auto maker = makers_.rbegin(); maker != makers_.rend(); ++maker) {
    if (maker->parent != parent || maker->own.empty()) continue;
    const auto place = maker->places.find(&root);
    if (place == maker->places.end()) continue;
    const auto channels = processes.channels_of(pid);
    const bool inherited = std::any_of(channels.begin(), channels.end(), [&](const auto& channel) {
      return maker->own.contains(channel);
    });
    if (inherited) return place->second;
  }
  return nullptr;
}

void Siblings::parent_ended(pid_t parent) {
  std::erase_if(makers_, [&](const Maker& maker) { return maker.parent == parent; });
}

void Siblings::forget(const Group& group) {
  for (Maker& maker : makers_) {
    std::erase_if(maker.places, [&](const auto& place) { return place.second == &group; });
  }
}

}  // namespace testbed
