#include "orchestrator/loader/expectation_writer.h"

#include <gtest/gtest.h>

namespace testbed {
namespace {

const ExpectationRow kRow{
    .where = {{"approach", {"bare", "slow"}}, {"sandbox", {">=20230214 <20260112"}}},
    .reaches = "mounted",
    .check = {},
    .signature = "fuse-access-enosys",
    .because = "the server has no \"access\" handler: ENOSYS"};

constexpr const char* kBlock = R"(expect:
  - where: {approach: [bare, slow], sandbox: ">=20230214 <20260112"}
    reaches: mounted
    signature: fuse-access-enosys
    because: "the server has no \"access\" handler: ENOSYS"
)";

TEST(ExpectBlock, TextsThatYamlCouldMisreadAreQuoted) { EXPECT_EQ(expect_block({kRow}), kBlock); }

TEST(ExpectBlock, WithoutRowsThereIsNone) { EXPECT_EQ(expect_block({}), ""); }

TEST(WithExpectBlock, CommentsElsewhereSurvive) {
  const std::string file =
      "# why\nscenario: s  # name\nexpect:\n  # old\n  - where: {}\n    because: x\n\n"
      "# limits follow\nlimits: {cell: 1s}\n";
  EXPECT_EQ(
      with_expect_block(file, "expect:\n  - new\n"),
      "# why\nscenario: s  # name\nexpect:\n  - new\n\n# limits follow\nlimits: {cell: 1s}\n");
}

TEST(WithExpectBlock, ABlockAtTheEndIsReplacedAndAMissingOneIsAppended) {
  EXPECT_EQ(with_expect_block("a: 1\nexpect:\n  - x\n", "expect:\n  - y\n"),
            "a: 1\nexpect:\n  - y\n");
  EXPECT_EQ(with_expect_block("a: 1\n", "expect:\n  - y\n"), "a: 1\n\nexpect:\n  - y\n");
}

TEST(WithExpectBlock, NothingExpectedLeavesNoBlock) {
  EXPECT_EQ(with_expect_block("a: 1\nexpect:\n  - x\nb: 2\n", ""), "a: 1\nb: 2\n");
}

}  // namespace
}  // namespace testbed
