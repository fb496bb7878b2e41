#include "orchestrator/record/archive_sums.h"

namespace testbed {
namespace {

constexpr std::size_t kDigits = 128;

// As coreutils escapes names: a line break must not look like the next line.
std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) out += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else {
      out += text[++i] == 'n' ? '\n' : text[i];
    }
  }
  return out;
}

}  // namespace

std::string to_text(const ArchiveSums& sums) {
  std::string text;
  for (const auto& [name, digest] : sums) {
    const std::string safe = escaped(name);
    text += (safe == name ? "" : "\\") + digest + "  " + safe + "\n";
  }
  return text;
}

ArchiveSums sums_in(std::string_view text) {
  ArchiveSums sums;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool is_escaped = line.starts_with('\\');
    if (is_escaped) line.remove_prefix(1);
    if (line.size() <= kDigits + 2 || line.substr(kDigits, 2) != "  ") continue;
    const std::string_view name = line.substr(kDigits + 2);
    sums[is_escaped ? unescaped(name) : std::string(name)] = line.substr(0, kDigits);
  }
  return sums;
}

}  // namespace testbed
