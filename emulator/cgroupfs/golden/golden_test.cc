#include <gtest/gtest.h>

#include "emulator/cgroupfs/golden/comparison.h"
#include "emulator/cgroupfs/golden/script.h"
#include "emulator/cgroupfs/golden/table.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed::golden {
namespace {

constexpr std::string_view kSmall = R"(layout v1
values few one "1"
section s cpu
file cpu.shares good "5" few
group/mkdir mkdir a 0700
group/user user mkdir b
)";

TEST(GoldenScript, WordsMayBeQuotedEscapedAndRepeated) {
  const auto words = split_words(R"(a "b c" "\n\x41\0\"" "xy"*3 # rest)");
  ASSERT_TRUE(is_ok(words));
  EXPECT_EQ(*words, (std::vector<std::string>{"a", "b c", std::string("\nA\0\"", 4), "xyxyxy"}));
  EXPECT_TRUE(fails_with(split_words(R"(a "b)"), "not closed"));
  EXPECT_TRUE(fails_with(split_words(R"("\q")"), "escape"));
  EXPECT_TRUE(fails_with(split_words(R"("a"*b)"), "number"));
}

TEST(GoldenScript, AFileIsTriedInAllWaysWithAllValues) {
  const auto script = parse_script(kSmall);
  ASSERT_TRUE(is_ok(script));
  ASSERT_EQ(script->sections.size(), 1u);
  const Section& section = script->sections[0];
  EXPECT_EQ(section.controller, "cpu");
  ASSERT_EQ(section.operations.size(), 17u);
  EXPECT_EQ(section.operations[7].id, "cpu.shares/one");
  EXPECT_EQ(section.operations[7].verb, Verb::Write);
  EXPECT_EQ(section.operations[15].words, (std::vector<std::string>{"a", "0700"}));
  EXPECT_TRUE(section.operations[16].as_user);
}

TEST(GoldenScript, AWrongLineIsNamed) {
  EXPECT_TRUE(fails_with(parse_script("layout v1\nsection s\na/b jump x\n"), "line 3"));
  EXPECT_TRUE(fails_with(parse_script("layout v1\nsection s\na/b read\n"), "other words"));
  EXPECT_TRUE(fails_with(parse_script("layout v1\nsection s\nab read x\n"), "FILE/CASE"));
  EXPECT_TRUE(fails_with(parse_script("layout v1\na/b read x\n"), "before the first section"));
  EXPECT_TRUE(fails_with(parse_script("layout v1\nsection s\nfile f none\n"), "no values"));
  EXPECT_TRUE(fails_with(parse_script("section s\n"), "layout"));
  EXPECT_TRUE(fails_with(parse_script("layout v1\nsection s\na/b read x\na/b read y\n"), "two"));
}

TEST(GoldenScript, TheScriptsAndReasonsThatAreBuiltInAreValid) {
  for (const char* layout : {"v1", "v2"}) {
    const auto script = parse_script(script_text(layout));
    ASSERT_TRUE(is_ok(script));
    EXPECT_EQ(script->layout, layout);
  }
  EXPECT_TRUE(is_ok(parse_reasons(reasons_text())));
  EXPECT_EQ(script_text("v3"), "");
}

TEST(GoldenRow, ARecordingSurvivesItsText) {
  const Recording recording{
      .target = "t",
      .layout = "v1",
      .kernel = "Linux 6",
      .rows = {{.id = "a/b", .error = "EINVAL"}, {.id = "a/c", .result = 4, .value = "1\n\"x\""}}};
  const auto again = parse_recording(to_text(recording));
  ASSERT_TRUE(is_ok(again));
  EXPECT_EQ(again->kernel, "Linux 6");
  EXPECT_EQ(again->rows, recording.rows);
  EXPECT_TRUE(fails_with(parse_recording(""), "empty"));
  EXPECT_TRUE(fails_with(parse_recording("{}\n"), "header"));
  EXPECT_TRUE(fails_with(parse_recording("{\"target\":\"t\"}\n{}\n"), "line 2"));
}

class ComparisonTest : public testing::Test {
 protected:
  Comparison compared(const Row& got, const std::string& reasons) {
    reference_.recordings = {{"kernel", "v1", "Linux", {{.id = "group/mkdir", .error = "EBUSY"}}}};
    recording_ = {"t", "v1", "Linux", {got}};
    return compare("core-v1", script_, reference_, recording_, parse_reasons(reasons).value());
  }
  Script script_ = parse_script(kSmall).value();
  Reference reference_{.layout = "v1"};
  Recording recording_{};
};

TEST_F(ComparisonTest, WhatIsEqualHolds) {
  const Comparison comparison = compared({.id = "group/mkdir", .error = "EBUSY"}, "");
  EXPECT_TRUE(comparison.holds());
  EXPECT_EQ(comparison.count(Verdict::Equal), 1u);
  EXPECT_EQ(comparison.count(Verdict::NoReference), 16u);
}

TEST_F(ComparisonTest, ADifferenceWithoutAReasonIsAMistake) {
  const Comparison comparison = compared({.id = "group/mkdir"}, "");
  EXPECT_FALSE(comparison.holds());
  EXPECT_EQ(describe_faults(comparison), "core-v1: group/mkdir: expected EBUSY, got ok\n");
}

TEST_F(ComparisonTest, WhatIsNotCarriedOutIsAMistake) {
  EXPECT_EQ(compared({.id = "other/one"}, "").count(Verdict::ByMistake), 1u);
}

TEST_F(ComparisonTest, AReasonExplainsOnlyItsTargetsIdsAndOutcomes) {
  const Row eio{.id = "group/mkdir", .error = "EIO"};
  const auto verdict = [&](const std::string& rest) {
    return compared(eio, "reason r why\ndiffers r " + rest).count(Verdict::ByIntent);
  };
  EXPECT_EQ(verdict("core-* group/* got EIO"), 1u);
  EXPECT_EQ(verdict("core-* group/* fields errno"), 1u);
  EXPECT_EQ(verdict("fuse-* group/*"), 0u);
  EXPECT_EQ(verdict("core-* cpu/*"), 0u);
  EXPECT_EQ(verdict("core-* group/* got EPERM"), 0u);
  EXPECT_EQ(verdict("core-* group/* expected EPERM"), 0u);
  EXPECT_EQ(verdict("core-* group/* fields value"), 0u);
}

TEST_F(ComparisonTest, AReasonThatExplainsNothingAnyMoreIsAFault) {
  const Row same{.id = "group/mkdir", .error = "EBUSY"};
  EXPECT_FALSE(compared(same, "reason r why\ndiffers r core-* group/*").holds());
  EXPECT_TRUE(compared(same, "reason r why\ndiffers r fuse-* group/*").holds());
}

TEST(GoldenReasons, AWrongLineIsNamed) {
  EXPECT_TRUE(fails_with(parse_reasons("reason r why\ndiffers q a b\n"), "no reason"));
  EXPECT_TRUE(fails_with(parse_reasons("differs r a\n"), "line 1"));
  EXPECT_TRUE(fails_with(parse_reasons("reason r why\ndiffers r a b because c\n"), "because"));
  EXPECT_TRUE(fails_with(parse_reasons("excuse r why\n"), "line 1"));
}

TEST(GoldenTable, ShowsCountsAndReasons) {
  Table table{.reasons = parse_reasons("reason r why\ndiffers r core-* group/mkdir").value()};
  table.scripts.emplace("v1", parse_script(kSmall).value());
  table.references["v1"] = {
      "v1", {{"kernel", "v1", "Linux 6", {{.id = "group/mkdir"}, {.id = "group/user"}}}}};
  table.add(
      "core-v1",
      {"core", "v1", "Linux 6", {{.id = "group/mkdir", .error = "EIO"}, {.id = "group/user"}}});
  EXPECT_TRUE(table.holds());
  const std::string text = markdown_of(table);
  EXPECT_NE(text.find("| core-v1 | 2 | 1 | 1 | 0 |"), std::string::npos) << text;
  EXPECT_NE(text.find("| r | why | 1 | core-v1 |"), std::string::npos) << text;
  EXPECT_NE(text.find("| `group` | Linux 6 |  |  |  |  | 1 + 1i | 1 + 1i |"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace testbed::golden
