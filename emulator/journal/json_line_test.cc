#include "emulator/journal/json_line.h"

#include <gtest/gtest.h>

#include "orchestrator/base/json.h"

namespace testbed {
namespace {

TEST(JsonLineTest, KeepsTheOrderOfItsMembers) {
  EXPECT_EQ(JsonLine().text("op", "READ").integer("z", -1).natural("a", ~0ull).null("e").str(),
            R"({"op":"READ","z":-1,"a":18446744073709551615,"e":null})");
  EXPECT_EQ(JsonLine().str(), "{}");
}

TEST(JsonLineTest, AppendsTheMembersOfAnotherLine) {
  const JsonLine one = JsonLine().integer("a", 1);
  EXPECT_EQ(JsonLine().members_of(one).members_of(JsonLine()).members_of(one).str(),
            R"({"a":1,"a":1})");
}

TEST(JsonLineTest, WritesNullForAnAbsentText) {
  EXPECT_EQ(JsonLine().text_or_null("errno", std::nullopt).text_or_null("name", "x").str(),
            R"({"errno":null,"name":"x"})");
}

TEST(JsonLineTest, EscapesWhatWouldEndAStringOrALine) {
  EXPECT_EQ(json_quoted("a\"b\\c\nd\te\rf"), R"("a\"b\\c\nd\te\rf")");
  EXPECT_EQ(json_quoted(std::string("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
}

TEST(JsonLineTest, ReplacesInvalidUtf8) {
  EXPECT_EQ(json_quoted("a\xff\xc3"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(json_quoted("é"), "\"é\"");
}

TEST(JsonLineTest, IsReadBackByAParserWhateverTheBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const auto read = parse_json(JsonLine().text(all, all).str());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->as_object().begin()->value().as_string(), valid_utf8(all));
}

}  // namespace
}  // namespace testbed
