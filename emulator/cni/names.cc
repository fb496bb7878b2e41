#include "emulator/cni/names.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>

namespace testbed::cni {
namespace {

constexpr std::size_t kMaxIdentifier = 200, kMaxInterfaceName = 15, kShown = 80;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// FNV-1a, 64 bits: spreads well, and nothing depends on it being hard to invert.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace

bool is_identifier(std::string_view name) {
  return !name.empty() && name.size() <= kMaxIdentifier && is_alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

std::string wrong_interface_name(std::string_view name) {
  if (name.empty()) return "an interface name is empty";
  const std::string shown = "interface name \"" + printable_start(name) + "\"";
  if (name.size() > kMaxInterfaceName) return shown + " has more than 15 characters";
  if (name == "." || name == "..") return shown + " is a directory";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == ':' || byte <= 0x20 || byte == 0x7f) {
      return shown + " holds '/', ':', white space or a control character";
    }
  }
  return "";
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = i % 3 == 2;
    if (separator ? text[i] != ':' : !std::isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

std::string host_interface_name(std::string_view network, std::string_view container_id,
                                std::string_view ifname) {
  std::string whole(network);
  whole += '\n';
  whole += container_id;
  whole += '\n';
  whole += ifname;
  char name[16];
  // 44 bits of the hash fill what 15 characters leave.
  std::snprintf(name, sizeof name, "veth%011llx",
                static_cast<unsigned long long>(hash_of(whole) >> 20));
  return name;
}

std::string printable_start(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return text.size() > kShown ? shown + "..." : shown;
}

}  // namespace testbed::cni
