#include "orchestrator/report/escape.h"

#include "orchestrator/base/json.h"
#include "orchestrator/base/printable.h"

namespace testbed {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
// GFM 0.29, 2.4: a backslash takes the meaning from any of these.
constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~&!$";

std::string xml_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\n':
    case '\t':
      return {c};
    case '\r':
      return "&#13;";
    default:
      return static_cast<unsigned char>(c) < 0x20 ? std::string(kReplacement) : std::string(1, c);
  }
}

// U+FFFE and U+FFFF are valid UTF-8 and no XML characters.
bool is_noncharacter(std::string_view text) {
  return text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf");
}

}  // namespace

std::string for_xml_content(std::string_view raw) {
  const std::string text = valid_utf8(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_noncharacter(std::string_view(text).substr(i))) {
      out += kReplacement;
      i += 2;
    } else {
      out += xml_of(text[i]);
    }
  }
  return out;
}

std::string for_xml_attribute(std::string_view text) {
  std::string out;
  for (const char c : for_xml_content(text))
    out += c == '\n' ? "&#10;" : c == '\t' ? "&#9;" : std::string(1, c);
  return out;
}

std::string for_markdown(std::string_view text) {
  std::string out;
  for (const char c : printable_line(text)) {
    if (kMarkup.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace testbed
