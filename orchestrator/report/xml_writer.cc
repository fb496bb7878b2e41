#include "orchestrator/report/xml_writer.h"

#include "orchestrator/base/check.h"
#include "orchestrator/base/json.h"

namespace testbed {
namespace {

// XML 1.0, production 2 "Char": of the control characters only tab, line feed and carriage return.
bool is_xml_char(char c) {
  return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

// U+FFFE and U+FFFF are EF BF BE and EF BF BF.
bool is_noncharacter(std::string_view text, std::size_t at) {
  const std::string_view three = text.substr(at, 3);
  return three == "\xef\xbf\xbe" || three == "\xef\xbf\xbf";
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\r':
      out += "&#13;";  // readers turn a bare one into a line feed
      break;
    default:
      out += c;
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (is_noncharacter(valid, i)) {
      i += 2;
    } else if (is_xml_char(valid[i])) {
      append_escaped(out, valid[i]);
    }
  }
  return out;
}

void XmlWriter::begin(std::string_view element, Attributes attributes) {
  out_.append(2 * open_.size(), ' ');
  out_ += "<" + std::string(element);
  for (const auto& [name, value] : attributes) {
    out_ += " " + std::string(name) + "=\"" + xml_text(value) + "\"";
  }
}

void XmlWriter::open(std::string_view element, Attributes attributes) {
  begin(element, attributes);
  out_ += ">\n";
  open_.emplace_back(element);
}

void XmlWriter::close() {
  CHECK(!open_.empty(), "no element is open");
  const std::string element = std::move(open_.back());
  open_.pop_back();
  out_.append(2 * open_.size(), ' ');
  out_ += "</" + element + ">\n";
}

void XmlWriter::empty(std::string_view element, Attributes attributes) {
  begin(element, attributes);
  out_ += "/>\n";
}

void XmlWriter::text(std::string_view element, Attributes attributes, std::string_view content) {
  begin(element, attributes);
  out_ += ">" + xml_text(content) + "</" + std::string(element) + ">\n";
}

}  // namespace testbed
