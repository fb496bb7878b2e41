#include "orchestrator/report/text_layout.h"

#include <algorithm>

namespace testbed {
namespace {

constexpr std::size_t kNarrowest = 20;  // columns for wrapped text, however narrow the terminal is

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
      continue;
    }
    width += (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;  // not a continuation byte
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t have = width_of(text);
  return std::string(text) + std::string(width > have ? width - have : 0, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \n", at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const bool first = lines.back().empty();
    if (!first && width_of(lines.back()) + 1 + width_of(word) > width) {
      lines.emplace_back(word);
    } else {
      lines.back() += (first ? "" : " ") + std::string(word);
    }
    at = end;
  }
  return lines;
}

std::string hanging(std::string_view label, std::size_t indent, std::string_view text,
                    std::size_t width) {
  const std::size_t room = std::max(width > indent ? width - indent : 0, kNarrowest);
  std::string out;
  for (const std::string& line : wrapped(text, room)) {
    const bool fits = out.empty() && width_of(label) < indent;
    if (out.empty() && !fits) out = std::string(label) + "\n";
    out += (fits ? padded(label, indent) : std::string(indent, ' ')) + line + "\n";
  }
  return out;
}

}  // namespace testbed
