#include "orchestrator/loader/yaml_reader.h"

#include <gtest/gtest.h>

#include <chrono>

namespace testbed {
namespace {

struct Read {
  std::optional<YamlNode> root;
  std::string problems;  // one line each, without the file
};

Read read(const std::string& text) {
  ProblemList problems("f");
  Read out{.root = parse_yaml(text, problems), .problems = {}};
  for (const Problem& problem : problems.take_sorted()) out.problems += problem.text() + "\n";
  return out;
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

// Whether reading ends soon, with one problem that contains `part`.
testing::AssertionResult refused_soon(const std::string& text, const std::string& part) {
  const auto begin = std::chrono::steady_clock::now();
  const Read got = read(text);
  const auto span = std::chrono::steady_clock::now() - begin;
  if (got.problems.find(part) == std::string::npos)
    return testing::AssertionFailure() << "problems: " << got.problems.substr(0, 500);
  if (span > std::chrono::seconds(20))
    return testing::AssertionFailure()
           << "took " << std::chrono::duration_cast<std::chrono::seconds>(span).count() << " s";
  return testing::AssertionSuccess();
}

TEST(YamlReader, KeepsPositionsFromOneAndTheTextOfTheFile) {
  const Read got = read("a: 020\nb:\n  - x\n  - {c: \"yes\"}\n");
  ASSERT_TRUE(got.root.has_value());
  EXPECT_EQ(got.root->text_of("a"), "020");
  EXPECT_EQ(got.root->find("a")->at.line, 1);
  EXPECT_EQ(got.root->find("a")->at.column, 4);
  const YamlNode& map = got.root->items_of("b")[1];
  EXPECT_EQ(map.at.line, 4);
  EXPECT_EQ(map.text_of("c"), "yes");
  EXPECT_TRUE(map.find("c")->quoted);
}

TEST(YamlReader, ReportsEveryEqualKeyAndKeepsTheFirst) {
  const Read got = read("a: 1\na: 2\nb: {c: 1, d: 2, c: [3]}\n");
  EXPECT_EQ(got.problems, "f:2:1: the key `a` again\nf:3:17: the key `c` again\n");
  EXPECT_EQ(got.root->text_of("a"), "1");
}

TEST(YamlReader, ColumnsCountCharacters) {
  EXPECT_EQ(read("ä: 1\n\"öö\": {x: 1, x: 2}\n").problems, "f:2:14: the key `x` again\n");
}

TEST(YamlReader, RefusesAliasesBeforeTheyMultiply) {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
            "]\n";
  }
  EXPECT_TRUE(refused_soon(bomb, "f:1:5: an anchor"));
  EXPECT_NE(read("a: *b\n").problems, "");
}

TEST(YamlReader, RefusesDeepNestingWithoutUsingTheStack) {
  // What stands before a colon that never comes may be taken for a key.
  EXPECT_TRUE(refused_soon(repeated("[", 100'000), "f:1:"));
  EXPECT_TRUE(refused_soon(repeated("{a: ", 100'000), "f:1:"));
  EXPECT_TRUE(refused_soon(repeated("[", 100'000) + repeated("]", 100'000), "nested deeper"));
  EXPECT_TRUE(refused_soon(repeated("- ", 100'000), "nested deeper than 32"));
  EXPECT_TRUE(refused_soon(repeated("? ", 100'000), "a key must be text"));
  EXPECT_TRUE(refused_soon(repeated("[", 33) + repeated("]", 33), "f:1:33: nested deeper"));
  EXPECT_EQ(read(repeated("[", 32) + repeated("]", 32)).problems, "");
}

TEST(YamlReader, RefusesWhatIsTooLargeWithoutParsingIt) {
  EXPECT_TRUE(refused_soon(repeated("a: b\n", 2'000'000), "larger than 1048576 bytes"));
}

TEST(YamlReader, AFileOfTheLargestSizeIsReadInReasonableTime) {
  EXPECT_TRUE(refused_soon("b: 1\nb: 1\na: [" + repeated("x, ", 300'000) + "]\n", "2:1"));
  EXPECT_TRUE(refused_soon("b: 1\nb: 1\na: '" + repeated("x ''", 250'000) + "'\n", "2:1"));
}

TEST(YamlReader, RefusesWhatIsNoText) {
  EXPECT_EQ(read(std::string("a: 1\nb: \0\n", 10)).problems,
            "f:2:4: a control character: this is no text file\n");
  EXPECT_EQ(read("a: 1\nb: \x04\nc: 1\n").problems,
            "f:2:4: a control character: this is no text file\n");
  EXPECT_EQ(read("a: \xff\xfe\n").problems, "f:1:4: not UTF-8: save the file in that encoding\n");
  EXPECT_NE(read("\x7f"
                 "ELF\x02\x01\x01")
                .problems,
            "");
}

TEST(YamlReader, RefusesFurtherDocumentsTagsAndKeysThatAreNoText) {
  EXPECT_TRUE(refused_soon("a: 1\n---\nb: 2\n", "a second document"));
  EXPECT_TRUE(refused_soon("a: !!binary x\n", "tags are not used"));
  EXPECT_TRUE(refused_soon("[a]: 1\n", "a key must be text"));
  EXPECT_TRUE(refused_soon("{a: 1}: 1\n", "a key must be text"));
  EXPECT_TRUE(refused_soon("~: 1\n", "a key must be text"));
}

TEST(YamlReader, SaysWhereAFileStopsBeingYaml) {
  EXPECT_TRUE(refused_soon("a:\n\t- x\n", "a tab in the indentation"));
  EXPECT_TRUE(refused_soon("a: [1, 2\n", "not YAML"));
  EXPECT_TRUE(refused_soon("a: 'x\n", "not YAML"));
  EXPECT_TRUE(refused_soon("a: @x\n", "f:1:4: not YAML"));
}

TEST(YamlReader, AnEmptyFileIsNothing) {
  EXPECT_EQ(read("").root->kind, YamlNode::Kind::Null);
  EXPECT_EQ(read("# only this\n").root->kind, YamlNode::Kind::Null);
  EXPECT_EQ(read("").problems, "");
}

}  // namespace
}  // namespace testbed
