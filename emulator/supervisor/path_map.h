#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/supervisor/rules.h"

namespace testbed::supervisor {

// `path` is `root` or lies below it.
bool is_within(std::string_view path, std::string_view root);

// Whether `path` is the pattern or lies below it; a component "*" of the pattern stands for digits.
bool is_within_pattern(std::string_view path, std::string_view pattern);

// Whether `path` is the pattern itself.
bool is_pattern(std::string_view path, std::string_view pattern);

// The redirects, in both directions. The longest matching rule decides. Paths are canonical: no
// symbolic links, "." or "..".
class PathMap {
 public:
  // `made_up`: patterns of files that are there though no file system may have them.
  explicit PathMap(const std::vector<Redirect>& redirects, std::vector<std::string> made_up = {});

  bool empty() const { return redirects_.empty(); }
  // Where `path` is kept; nothing when no redirect concerns it.
  std::optional<std::string> kept_at(std::string_view path) const;
  // The path that is redirected to `kept`, or to a directory above it.
  std::optional<std::string> shown_as(std::string_view kept) const;
  // A redirect or a made-up file begins at `path` or somewhere below it, so that `path` is there
  // even if no file system has it.
  bool leads_to_redirect(std::string_view path) const;

 private:
  std::vector<Redirect> redirects_;  // longest `from` first
  std::vector<Redirect> by_target_;  // longest `to` first
  std::vector<std::string> made_up_;
};

}  // namespace testbed::supervisor
