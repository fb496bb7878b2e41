#include "orchestrator/base/printable.h"

#include "orchestrator/base/json.h"

namespace testbed {
namespace {

constexpr char kHex[] = "0123456789abcdef";

std::string spelt(unsigned char byte) {
  if (byte == '\n') return "\\n";
  if (byte == '\t') return "\\t";
  return {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
}

// C1 controls are two bytes in UTF-8 (0xc2 0x80 to 0xc2 0x9f); terminals obey them as well.
bool is_c1(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]) == 0xc2 && i + 1 < text.size() &&
         static_cast<unsigned char>(text[i + 1]) < 0xa0;
}

std::string spell_controls(std::string_view raw, bool keep_newlines) {
  const std::string text = valid_utf8(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_c1(text, i)) {
      out += spelt(static_cast<unsigned char>(text[++i]));
    } else if ((byte < 0x20 && !(keep_newlines && byte == '\n')) || byte == 0x7f) {
      out += spelt(byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return spell_controls(text, true); }
std::string printable_line(std::string_view text) { return spell_controls(text, false); }

}  // namespace testbed
