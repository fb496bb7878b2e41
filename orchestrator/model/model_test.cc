#include <gtest/gtest.h>

#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/model/expand.h"
#include "orchestrator/model/names.h"

namespace testbed {
namespace {

Catalog two_approaches() {
  return {
      .approaches = {{.name = "none", .summary = {}, .components = {}, .file = {}, .digest = {}},
                     {.name = "fuse", .summary = {}, .components = {}, .file = {}, .digest = {}}},
      .artifacts = {},
      .causes = {}};
}

AxisPattern pattern(const std::vector<std::string>& texts) {
  return parse_axis_pattern(texts).value();
}

Scenario boot() {
  Scenario scenario;
  scenario.name = "boot";
  scenario.axes = {
      {.name = "sandbox", .values = {"native", "runsc-20240722"}, .also = {"runsc-20221219"}},
      {.name = "approach", .values = {"none", "fuse"}, .also = {}}};
  return scenario;
}

std::vector<std::string> ids(const Matrix& matrix, const std::vector<std::size_t>& chosen) {
  std::vector<std::string> out;
  for (const std::size_t i : chosen) out.push_back(matrix.cells[i].id);
  return out;
}

TEST(Expand, ExcludedCellsStayInTheMatrixWithTheirReason) {
  Scenario scenario = boot();
  scenario.exclusions = {
      {.where = {{"approach", pattern({"fuse"})}, {"sandbox", pattern({"native"})}},
       .because = "too slow"}};
  const Matrix matrix = expand(scenario, two_approaches()).value();
  ASSERT_EQ(matrix.cells.size(), 6u);
  EXPECT_EQ(matrix.cells[1].id, "boot/fuse+native");
  EXPECT_EQ(matrix.cells[1].excluded_because, "too slow");
  EXPECT_EQ(matrix.cells[0].excluded_because, "");
}

TEST(Expand, AnExpectationSelectsByVersionRange) {
  Scenario scenario = boot();
  scenario.expectations = {{.where = {{"sandbox", pattern({">=20230228"})}},
                            .reaches = {"up"},
                            .check = {},
                            .signature = {},
                            .because = "x"}};
  const Matrix matrix = expand(scenario, two_approaches()).value();
  std::vector<std::string> expecting;
  for (const Cell& cell : matrix.cells) {
    if (!cell.expectations.empty()) expecting.push_back(cell.id);
  }
  EXPECT_EQ(expecting,
            (std::vector<std::string>{"boot/none+runsc-20240722", "boot/fuse+runsc-20240722"}));
}

TEST(Select, APlainRunTakesTheDefaultsOnlyNamesMoreAllTakesEverything) {
  const Matrix matrix = expand(boot(), two_approaches()).value();
  EXPECT_EQ(select(matrix, {}).size(), 4u);
  EXPECT_EQ(select(matrix, {.only = {}, .all = true}).size(), 6u);
  EXPECT_EQ(ids(matrix, select(matrix, {.only = {{"sandbox", pattern({"runsc-20221219"})},
                                                 {"approach", pattern({"none"})}}})),
            std::vector<std::string>{"boot/none+runsc-20221219"});
}

TEST(Expand, AnUnknownApproachIsAnError) {
  Scenario scenario = boot();
  scenario.axes[1].values = {"fues"};
  EXPECT_TRUE(fails_with(expand(scenario, two_approaches()), "fues"));
}

TEST(VersionRange, TermsNarrowEachOther) {
  const VersionRange range = VersionRange::parse(">=20230214 <=20260105").value();
  EXPECT_TRUE(range.contains("20230214"));
  EXPECT_TRUE(range.contains("20260105"));
  EXPECT_FALSE(range.contains("20230213"));
  EXPECT_FALSE(range.contains("20260106"));
}

TEST(VersionRange, AnEmptyOrMalformedRangeIsAnError) {
  EXPECT_TRUE(fails_with(VersionRange::parse(">=20250101 <20240101"), "contains no version"));
  EXPECT_TRUE(fails_with(VersionRange::parse("=>20250101"), "not a comparison"));
  EXPECT_TRUE(fails_with(VersionRange::parse(">=2025"), "not a version"));
}

TEST(ParseSandbox, KnowsVersionAndPlatform) {
  const SandboxSpec spec = parse_sandbox("runsc-20240722+ptrace").value();
  EXPECT_EQ(spec.version, "20240722");
  EXPECT_EQ(spec.platform, "ptrace");
  EXPECT_TRUE(fails_with(parse_sandbox("runsc-20240722+xen"), "is not a sandbox"));
  EXPECT_TRUE(fails_with(parse_sandbox("runc"), "is not a sandbox"));
}

TEST(Names, EveryWordIsReadBackAsItsValue) {
  for (int i = 0; i <= static_cast<int>(Observed::Pending); ++i) {
    EXPECT_EQ(find_observed(name_of(static_cast<Observed>(i))), static_cast<Observed>(i));
  }
  for (int i = 0; i <= static_cast<int>(Verdict::None); ++i) {
    EXPECT_EQ(find_verdict(name_of(static_cast<Verdict>(i))), static_cast<Verdict>(i));
  }
}

}  // namespace
}  // namespace testbed
