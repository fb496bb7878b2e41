#include <gtest/gtest.h>

#include "orchestrator/cli/comparison_view.h"

namespace testbed {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(ComparisonPage, ShowsEachChangeWithBothSidesAndWhatElseDiffers) {
  Comparison comparison{.before = "r1", .after = "r2"};
  comparison.differences = {{.change = Change::Regressed,
                             .cell = "s/a",
                             .check = "ls",
                             .coordinates = {},
                             .before = "pass 5/5",
                             .after = "listed 2/5 fail",
                             .why = ""}};
  comparison.counts[Change::Regressed] = 1;
  comparison.circumstances = {"host kernel: 6.1, then 6.2"};
  const std::string page = comparison_html(comparison);
  EXPECT_TRUE(
      has(page, "<tr class=\"bad\"><td>regressed</td><th scope=\"row\">s/a<br>check ls</th>"));
  EXPECT_TRUE(has(page, "<td>pass 5/5</td><td>listed 2/5 fail</td>"));
  EXPECT_TRUE(has(page, "<li>host kernel: 6.1, then 6.2</li>"));
  EXPECT_TRUE(has(page, "1 regressed"));
}

TEST(ComparisonPage, SaysThatNothingDiffers) {
  const std::string page = comparison_html({.before = "r1", .after = "r2"});
  EXPECT_TRUE(has(page, "No cell and no side check differs."));
  EXPECT_FALSE(has(page, "<script>"));
}

TEST(ComparisonPage, NothingOfARecordIsMarkup) {
  const std::string evil = "<script>alert(1)</script>\x1b[2J\"";
  Comparison comparison{.before = evil, .after = evil};
  comparison.differences = {{.change = Change::NotComparable,
                             .cell = evil,
                             .check = evil,
                             .coordinates = {},
                             .before = evil,
                             .after = evil,
                             .why = evil}};
  comparison.circumstances = {evil};
  const std::string page = comparison_html(comparison);
  EXPECT_FALSE(has(page, "<script>alert"));
  EXPECT_FALSE(has(page, "\x1b"));
}

}  // namespace
}  // namespace testbed
