#include "rules.h"

#include <cstring>

namespace preload {
namespace {

struct TypeName {
  const char* name;
  long type;
};
// statfs(2)
constexpr TypeName kTypes[] = {{"ext4", 0xEF53},        {"tmpfs", 0x01021994},
                               {"9p", 0x01021997},      {"cgroup", 0x27e0eb},
                               {"cgroup2", 0x63677270}, {"overlay", 0x794c7630}};

// An absolute path without a trailing slash.
bool copy_path(char (&into)[kPathLimit], const char* from, std::size_t length) {
  while (length > 1 && from[length - 1] == '/') --length;
  if (length == 0 || length >= kPathLimit || from[0] != '/') return false;
  std::memcpy(into, from, length);
  into[length] = '\0';
  return true;
}

// Where `separator` stands in the line, or null.
const char* find(const char* line, std::size_t length, const char* separator) {
  return static_cast<const char*>(::memmem(line, length, separator, std::strlen(separator)));
}

bool begins(const char* line, std::size_t length, const char* word) {
  return length > std::strlen(word) && std::memcmp(line, word, std::strlen(word)) == 0;
}

bool add_redirect(Rules& rules, const char* line, std::size_t length) {
  const char* const arrow = find(line, length, " -> ");
  if (arrow == nullptr || rules.redirect_count == kMostRules) return false;
  Redirect& added = rules.redirects[rules.redirect_count];
  const char* const to = arrow + std::strlen(" -> ");
  if (!copy_path(added.from, line, static_cast<std::size_t>(arrow - line)) ||
      !copy_path(added.to, to, static_cast<std::size_t>(line + length - to)))
    return false;
  ++rules.redirect_count;
  return true;
}

bool add_type(Rules& rules, const char* line, std::size_t length) {
  const char* const as = find(line, length, " as ");
  if (as == nullptr || rules.type_count == kMostRules) return false;
  TypeRule& added = rules.types[rules.type_count];
  if (!copy_path(added.path, line, static_cast<std::size_t>(as - line))) return false;
  const char* const name = as + std::strlen(" as ");
  const auto name_length = static_cast<std::size_t>(line + length - name);
  for (const TypeName& row : kTypes) {
    if (name_length != std::strlen(row.name) || std::memcmp(name, row.name, name_length) != 0)
      continue;
    added.type = row.type;
    ++rules.type_count;
    return true;
  }
  return false;
}

}  // namespace

bool add_rule(Rules& rules, const char* line, std::size_t length) {
  constexpr const char* kRedirect = "redirect ";
  constexpr const char* kStatfs = "statfs ";
  if (begins(line, length, kRedirect))
    return add_redirect(rules, line + std::strlen(kRedirect), length - std::strlen(kRedirect));
  if (begins(line, length, kStatfs))
    return add_type(rules, line + std::strlen(kStatfs), length - std::strlen(kStatfs));
  return false;
}

const char* rest_below(const char* path, const char* text) {
  const std::size_t length = std::strlen(path);
  if (length == 1) return text;  // everything lies below the root
  if (std::strncmp(text, path, length) != 0) return nullptr;
  return text[length] == '\0' || text[length] == '/' ? text + length : nullptr;
}

}  // namespace preload
