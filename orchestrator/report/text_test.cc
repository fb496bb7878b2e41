#include "orchestrator/report/text.h"

#include <gtest/gtest.h>

#include "orchestrator/report/xml_writer.h"

namespace testbed {
namespace {

TEST(OneLine, DropsWhatMovesACursorOrBreaksALine) {
  EXPECT_EQ(one_line("a\x1b[31mb\r\nc\td"), "a [31mb  c d");
  EXPECT_EQ(one_line("a\xc2\x9b"
                     "b"),
            "a b");
  EXPECT_EQ(one_line("ends\n"), "ends");
}

TEST(OneLine, ReplacesInvalidUtf8AndKeepsTheRest) {
  EXPECT_EQ(one_line("\xff\xc3\xbc"), "\xef\xbf\xbd\xc3\xbc");
}

TEST(Wrapped, BreaksBetweenWordsOnly) {
  EXPECT_EQ(wrapped("aa bb cc", 5), (std::vector<std::string>{"aa bb", "cc"}));
  EXPECT_EQ(wrapped("a longerword b", 4), (std::vector<std::string>{"a", "longerword", "b"}));
  EXPECT_TRUE(wrapped("", 5).empty());
}

TEST(Columns, AreCodePoints) { EXPECT_EQ(columns_of("gr\xc3\xbcn"), 4u); }

TEST(XmlText, EscapesMarkup) {
  EXPECT_EQ(xml_text("<a b=\"c\">&"), "&lt;a b=&quot;c&quot;&gt;&amp;");
}

TEST(XmlText, LeavesOutWhatXmlCannotSay) {
  EXPECT_EQ(xml_text(std::string_view("a\0b\x01\x1b[0m\n\t", 10)), "ab[0m\n\t");
  EXPECT_EQ(xml_text("x\xef\xbf\xbey\xef\xbf\xbfz"), "xyz");
}

TEST(XmlText, ReplacesInvalidUtf8) { EXPECT_EQ(xml_text("\xc3("), "\xef\xbf\xbd("); }

}  // namespace
}  // namespace testbed
