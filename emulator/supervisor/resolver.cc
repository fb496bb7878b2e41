#include "emulator/supervisor/resolver.h"

#include <utility>
#include <vector>

#include "emulator/supervisor/rule_words.h"

namespace testbed::supervisor {
namespace {

constexpr int kMostLinks = 40;  // MAXSYMLINKS of the kernel

std::string joined(const std::string& directory, std::string_view name) {
  std::string path = directory == "/" ? "" : directory;
  path += '/';
  path += name;
  return path;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

class Walker {
 public:
  Walker(const PathMap& map, FileView& files, const Walk& walk)
      : map_(map), files_(files), walk_(walk) {}

  Resolution run() {
    const bool absolute = walk_.path.starts_with('/');
    natural_ = absolute ? walk_.root : walk_.start;
    shown_ = absolute ? natural_ : map_.shown_as(natural_).value_or(natural_);
    push(walk_.path);
    const bool slash = walk_.path.ends_with('/');
    while (!pending_.empty()) {
      const std::string name = std::move(pending_.back());
      pending_.pop_back();
      const bool last = pending_.empty();
      if (last && !walk_.follow_last && (name == "." || name == "..")) return finish("/" + name);
      if (!step(name, last && !walk_.follow_last && !(slash && walk_.slash_follows))) return {};
      if (stopped_) return {.kind = Resolution::Kind::Natural, .shown = shown_, .kept = shown_};
    }
    return finish(slash || passes_loop_ ? "/" : "");
  }

 private:
  // False: given up.
  bool step(const std::string& name, bool keep_link) {
    if (name == ".") return true;
    if (name == "..") {
      if (shown_ != walk_.root) shown_ = parent_of(shown_);
      if (natural_ != walk_.root) natural_ = parent_of(natural_);
      note_where();
      return true;
    }
    std::string next = joined(shown_, name);
    const auto moved = map_.kept_at(next);
    const std::string& kept = moved ? *moved : next;
    if (keep_link) return go_to(std::move(next), name);
    LinkRead link = files_.read_link(kept);
    switch (link.kind) {
      case LinkRead::Kind::NotALink:
        return go_to(std::move(next), name);
      case LinkRead::Kind::Missing:
        // The kernel will find out as well, at the same place and with the right errno.
        stopped_ = !diverged_ && !moved && !map_.leads_to_redirect(next);
        return go_to(std::move(next), name);
      case LinkRead::Kind::Link:
        return follow(next, moved ? &kept : nullptr, link.target);
      case LinkRead::Kind::Jump:
        return jump(link.target);
    }
    return false;
  }

  bool go_to(std::string next, std::string_view name) {
    shown_ = std::move(next);
    if (!diverged_) natural_ = joined(natural_, name);
    note_where();
    return true;
  }

  // `kept`: where the link is if a redirect moved it. Its relative target starts beside it.
  bool follow(const std::string& next, const std::string* kept, const std::string& target) {
    if (target.empty()) return false;
    if (++links_ > kMostLinks) return loops(next, kept != nullptr);
    if (kept != nullptr) {
      diverged_ = true;
      const std::string beside = parent_of(*kept);
      shown_ =
          map_.kept_at(parent_of(next)) ? parent_of(next) : map_.shown_as(beside).value_or(beside);
    }
    push(target);
    if (target.starts_with('/')) shown_ = natural_ = walk_.root;
    return true;
  }

  // The kernel gives up too, and says ELOOP, if it is led to a link of the loop. One that a
  // redirect moved it would not find by itself.
  bool loops(const std::string& link, bool moved) {
    if (!moved) return false;
    diverged_ = true;
    shown_ = link;
    passes_loop_ = !pending_.empty();
    pending_.clear();
    return true;
  }

  bool jump(const std::string& target) {
    if (target.empty()) return false;
    natural_ = target;
    shown_ = map_.shown_as(target).value_or(target);
    return true;
  }

  // Whether the kernel alone would stand elsewhere now.
  void note_where() {
    if (diverged_) return;
    const auto kept = map_.kept_at(shown_);
    diverged_ = kept ? *kept != natural_ : shown_ != natural_;
  }

  void push(std::string_view path) {
    const auto parts = components(path);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) pending_.emplace_back(*part);
  }

  Resolution finish(std::string_view end) const {
    Resolution found{.shown = shown_, .kept = map_.kept_at(shown_).value_or(shown_)};
    if (found.kept != "/" || end.size() > 1) found.kept += end;
    found.kind = diverged_ ? Resolution::Kind::Redirected : Resolution::Kind::Natural;
    return found;
  }

  const PathMap& map_;
  FileView& files_;
  const Walk& walk_;
  std::vector<std::string> pending_{};  // the next component is the last of them
  std::string shown_{};
  std::string natural_{};  // where the kernel would be by itself, until both part
  bool diverged_ = false;
  bool passes_loop_ = false;  // names follow behind a link of a loop
  bool stopped_ = false;
  int links_ = 0;
};

}  // namespace

Resolution resolve(const PathMap& map, FileView& files, const Walk& walk) {
  if (walk.path.empty()) return {};
  return Walker(map, files, walk).run();
}

}  // namespace testbed::supervisor
