#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace testbed {

// Text that may stand in an XML 1.0 document: invalid UTF-8 is replaced, the characters XML has no
// way to write (most control characters, U+FFFE and U+FFFF) are left out, and the rest is escaped.
std::string xml_text(std::string_view text);

// Writes elements one inside the other, indented. All text goes through xml_text here and nowhere
// else.
class XmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void open(std::string_view element, Attributes attributes = {});
  void close();
  void empty(std::string_view element, Attributes attributes);
  void text(std::string_view element, Attributes attributes, std::string_view content);
  const std::string& document() const { return out_; }

 private:
  void begin(std::string_view element, Attributes attributes);
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::vector<std::string> open_;
};

}  // namespace testbed
