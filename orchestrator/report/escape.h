#pragma once

#include <string>
#include <string_view>

namespace testbed {

// Text from a record, made safe for one place. Invalid UTF-8 becomes U+FFFD everywhere; control
// characters are what printable() of base makes of them.

// For XML. Characters that XML 1.0 forbids become U+FFFD: it has no way to write them, and readers
// reject the whole document. In attributes line ends and tabs are numbered, or readers would turn
// them into blanks.
std::string for_xml_content(std::string_view raw);
std::string for_xml_attribute(std::string_view text);

// For one line of Markdown as GitHub reads it, also within a table: nothing in it is markup.
std::string for_markdown(std::string_view text);

}  // namespace testbed
