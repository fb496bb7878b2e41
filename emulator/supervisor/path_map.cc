#include "emulator/supervisor/path_map.h"

#include <algorithm>

#include "emulator/supervisor/rule_words.h"

namespace testbed::supervisor {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes the first component off, with its slash.
std::string_view take_component(std::string_view& path) {
  const std::size_t start = std::min(path.find_first_not_of('/'), path.size());
  const std::size_t end = std::min(path.find('/', start), path.size());
  const std::string_view part = path.substr(start, end - start);
  path.remove_prefix(end);
  return part;
}

// What the `*` of the pattern stood for, and what is left of the path; nothing when it differs.
struct Match {
  std::vector<std::string_view> stars{};
  std::string_view rest{};
};

std::optional<Match> match(std::string_view path, std::string_view pattern) {
  Match found;
  while (pattern.find_first_not_of('/') != std::string_view::npos) {
    const std::string_view wanted = take_component(pattern);
    const std::string_view part = take_component(path);
    if (wanted == "*" && is_number(part)) {
      found.stars.push_back(part);
    } else if (wanted != part) {
      return std::nullopt;
    }
  }
  found.rest = path;
  return found;
}

std::optional<Match> match_plain(std::string_view path, std::string_view root) {
  if (!is_within(path, root)) return std::nullopt;
  if (root == "/") return Match{.rest = path == "/" ? "" : path};
  return Match{.rest = path.substr(root.size())};
}

std::optional<Match> match_any(std::string_view path, std::string_view pattern) {
  const bool plain = pattern.find('*') == std::string_view::npos;
  return plain ? match_plain(path, pattern) : match(path, pattern);
}

std::size_t stars_in(std::string_view pattern) {
  const auto parts = components(pattern);
  return static_cast<std::size_t>(std::count(parts.begin(), parts.end(), "*"));
}

// The pattern begins with the path.
bool leads_to(std::string_view path, std::string_view pattern) {
  while (path.find_first_not_of('/') != std::string_view::npos) {
    const std::string_view wanted = take_component(pattern), part = take_component(path);
    if (wanted != part && !(wanted == "*" && is_number(part))) return false;
  }
  return true;
}

std::string put_together(std::string_view pattern, const Match& found) {
  std::string path;
  std::size_t star = 0;
  for (const std::string_view part : components(pattern)) {
    const bool stands_for_pid = part == "*" && star < found.stars.size();
    path += '/';
    path += stands_for_pid ? found.stars[star++] : part;
  }
  path += found.rest;
  return path.empty() ? "/" : path;
}

}  // namespace

bool is_within(std::string_view path, std::string_view root) {
  if (root == "/") return true;
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

bool is_within_pattern(std::string_view path, std::string_view pattern) {
  return match_any(path, pattern).has_value();
}

bool is_pattern(std::string_view path, std::string_view pattern) {
  const auto found = match_any(path, pattern);
  return found && found->rest.empty();
}

PathMap::PathMap(const std::vector<Redirect>& redirects, std::vector<std::string> made_up)
    : redirects_(redirects), by_target_(redirects), made_up_(std::move(made_up)) {
  // Stable: where two lead to the same place, the first that was written names it.
  std::stable_sort(redirects_.begin(), redirects_.end(), [](const Redirect& a, const Redirect& b) {
    return a.from.size() > b.from.size();
  });
  std::stable_sort(by_target_.begin(), by_target_.end(),
                   [](const Redirect& a, const Redirect& b) { return a.to.size() > b.to.size(); });
}

std::optional<std::string> PathMap::kept_at(std::string_view path) const {
  for (const Redirect& redirect : redirects_) {
    if (const auto found = match_any(path, redirect.from)) {
      return put_together(redirect.to, *found);
    }
  }
  return std::nullopt;
}

std::optional<std::string> PathMap::shown_as(std::string_view kept) const {
  for (const Redirect& redirect : by_target_) {
    const auto found = match_any(kept, redirect.to);
    if (found && found->stars.size() >= stars_in(redirect.from)) {
      return put_together(redirect.from, *found);
    }
  }
  return std::nullopt;
}

bool PathMap::leads_to_redirect(std::string_view path) const {
  return std::any_of(redirects_.begin(), redirects_.end(),
                     [&](const Redirect& rule) { return leads_to(path, rule.from); }) ||
         std::any_of(made_up_.begin(), made_up_.end(),
                     [&](const std::string& pattern) { return leads_to(path, pattern); });
}

}  // namespace testbed::supervisor
