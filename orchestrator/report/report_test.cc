#include <gtest/gtest.h>

#include <cstdlib>

#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/report/reports.h"
#include "orchestrator/report/sample_run.h"

namespace testbed {
namespace {

const fs::path kTestdata = fs::path(TESTBED_SOURCE_DIR) / "orchestrator/report/testdata";

std::string rendered(std::string_view format, const testbed::Run& run, RenderOptions options = {}) {
  return render(format, run, options).value();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// TESTBED_UPDATE_GOLDEN=1 writes the golden files anew; read the difference before committing it.
void expect_golden(const std::string& name, const std::string& text) {
  const fs::path file = kTestdata / name;
  if (std::getenv("TESTBED_UPDATE_GOLDEN")) {
    ASSERT_TRUE(is_ok(write_file(file, text)));
  }
  EXPECT_EQ(text, read_file(file).value());
}

TEST(Render, EveryFormatIsAsItsGoldenFile) {
  for (const auto& [format, file] : {std::pair{"text", "text.golden"},
                                     {"markdown", "markdown.golden"},
                                     {"json", "json.golden"},
                                     {"junit", "junit.golden"},
                                     {"html", "html.golden"},
                                     {"svg", "matrix.svg"},
                                     {"badge", "badge.svg"},
                                     {"figures", "figures.golden"}}) {
    expect_golden(file, rendered(format, SampleRun::whole()));
  }
}

TEST(Figures, ACellIsSetBesideTheControlOfItsRow) {
  SampleRun sample;
  sample.add("fuse-cgroup", "native", SampleRun::passed()).attempts[0] = SampleRun::measured(1);
  sample.add("fuse-cgroup", "runsc-20260701", SampleRun::passed()).attempts[0] =
      SampleRun::measured(3);
  sample.add("fuse-cgroup-bare", "runsc-20260701", SampleRun::red(Verdict::Xfail));
  const std::string text = rendered("figures", sample.run());
  EXPECT_TRUE(has(text, "mounted      0.60 s (3.00x)   0.15 s (3.00x)   24 MiB (3.00x)")) << text;
  EXPECT_TRUE(has(text, "sandbox-up   0.60 s (3.00x)\n")) << "what it used is not known: " << text;
  EXPECT_TRUE(has(text, "fuse-cgroup-bare on runsc-20260701: no attempt passed")) << text;
}

TEST(Render, AnUnknownFormatIsAnErrorThatNamesTheOthers) {
  EXPECT_TRUE(fails_with(render("pdf", {}, {}),
                         "there are: text, markdown, json, junit, html, svg, badge, figures"));
}

TEST(Render, NothingOfARecordIsMarkupInHtml) {
  testbed::Run run = SampleRun::whole();
  run.question = "<script>alert(1)</script>\x1b[31m";
  run.planned[0].id = "x\" onload=\"y/<b>";
  const std::string page = rendered("html", run);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find("<b>\""), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos) << "nothing is fetched";
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(Render, ARunWithoutCellsHasAReportInEveryFormat) {
  for (const std::string& format : report_formats())
    EXPECT_TRUE(is_ok(render(format, testbed::Run{}, {}))) << format;
}

TEST(Render, WithoutAFooterEveryReportForPeopleSaysSo) {
  SampleRun sample;
  sample.add("fuse-cgroup", "native", SampleRun::passed());
  sample.add("fuse-cgroup", "runsc-20240722", SampleRun::passed());
  sample.run().results.erase("exp07/fuse-cgroup+runsc-20240722");
  sample.run().complete = false;
  sample.run().exit_code = -1;
  for (const char* format : {"text", "markdown", "junit"})
    EXPECT_TRUE(has(rendered(format, sample.run()), "INCOMPLETE: 1 of 2 cells")) << format;
  EXPECT_TRUE(has(rendered("text", sample.run()), "no exit code"));
}

TEST(TextReport, IsFoldedToTheWidthOfTheTerminal) {
  SampleRun sample;
  for (int year = 2015; year < 2027; ++year)
    sample.add("fuse-cgroup", "runsc-" + std::to_string(year) + "0101",
               SampleRun::red(Verdict::XfailChanged));
  RenderOptions options;
  options.width = 80;
  options.unicode = false;
  const std::string text = rendered("text", sample.run(), options);
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    EXPECT_LE(end - at, 80u) << text.substr(at, end - at);
}

TEST(TextReport, NamesManyNeighbouringVersionsByTheFirstAndTheLast) {
  SampleRun sample;
  for (const char* date : {"20240101", "20210101", "20230101", "20220101", "20260101"})
    sample.add("bare", std::string("runsc-") + date, SampleRun::red(Verdict::Xfail));
  sample.add("bare", "runsc-20250101", SampleRun::passed());
  const std::string text = rendered("text", sample.run());
  EXPECT_TRUE(has(text, "bare on runsc-20210101 to runsc-20240101 (4), runsc-20260101")) << text;
}

TEST(TextReport, ColourChangesNothingButColour) {
  const testbed::Run run = SampleRun::whole();
  RenderOptions options;
  const std::string plain = rendered("text", run, options);
  options.colour = true;
  std::string coloured = rendered("text", run, options);
  EXPECT_TRUE(has(coloured, "\x1b[31m"));
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, plain);
}

// Everything a workload or a file could put into a record.
testbed::Run hostile() {
  SampleRun sample;
  Outcome outcome = SampleRun::red(Verdict::Unexpected);
  const std::string evil = "\x1b[2J|<b>&\"`*\x01\xff\xef\xbf\xbf]]>\n## x";
  outcome.reason = evil;
  outcome.rung = evil;
  outcome.cause->signature = evil;
  outcome.cause->summary = evil;
  CheckResult check = SampleRun::red_ls();
  check.detail = evil;
  sample.add("a|b", "native", std::move(outcome)).attempts[0].checks.push_back(check);
  testbed::Run& run = sample.run();
  for (std::string* text : {&run.id, &run.scenario, &run.question, &run.started, &run.finished,
                            &run.provenance.kernel, &run.provenance.cpu})
    *text = evil + *text;
  run.complete = false;
  run.missing = {evil};
  return run;
}

TEST(Escape, NothingReachesTheTerminalThatItWouldObey) {
  const std::string text = rendered("text", hostile());
  EXPECT_FALSE(has(text, "\x1b"));
  EXPECT_FALSE(has(text, "\x01"));
  EXPECT_FALSE(has(text, "\xff"));
  EXPECT_TRUE(has(text, "\\x1b[2J"));
}

TEST(Escape, NothingBreaksATableOrIsMarkupInMarkdown) {
  const std::string text = rendered("markdown", hostile());
  EXPECT_TRUE(has(text, "a\\|b"));
  EXPECT_FALSE(has(text, "<b>")) << text;
  EXPECT_FALSE(has(text, "\n## x"));
  EXPECT_FALSE(has(text, "\x1b"));
}

TEST(Escape, JsonParsesAndKeepsTheText) {
  const auto value = parse_json(rendered("json", hostile()));
  ASSERT_TRUE(is_ok(value));
  EXPECT_EQ(value->at("schema").as_string(), "testbed-matrix-1");
}

TEST(Picture, IsXmlWhateverIsInTheRecord) {
  if (find_program("xmllint").empty()) GTEST_SKIP() << "xmllint (libxml2-utils) is not installed";
  const TempDir dir = TempDir::make(testing::TempDir(), "svg").value();
  for (const testbed::Run& run : {SampleRun::whole(), hostile(), testbed::Run{}}) {
    for (const char* format : {"svg", "badge"}) {
      const fs::path file = dir.path() / "picture.svg";
      ASSERT_TRUE(is_ok(write_file(file, rendered(format, run))));
      EXPECT_TRUE(is_ok(must_succeed({.argv = {"xmllint", "--noout", file}},
                                     Deadline::after(milliseconds(20'000)))));
    }
  }
}

TEST(Badge, IsGreenOnlyWhenEveryCellIsAsExpected) {
  constexpr const char* kGreen = "#1a7f37";
  SampleRun sample;
  EXPECT_FALSE(has(rendered("badge", sample.run()), kGreen)) << "no cell at all";
  sample.add("a", "native", SampleRun::passed());
  sample.add("b", "native", SampleRun::red(Verdict::Xfail));
  EXPECT_TRUE(has(rendered("badge", sample.run()), kGreen));
  sample.run().complete = false;
  EXPECT_FALSE(has(rendered("badge", sample.run()), kGreen)) << "incomplete";
  sample.run().complete = true;
  sample.add("c", "native", Outcome{});
  EXPECT_FALSE(has(rendered("badge", sample.run()), kGreen)) << "a cell that did not run";
  EXPECT_TRUE(has(rendered("badge", SampleRun::whole()), "1 of 8 unexpected"));
}

TEST(Junit, IsValidForTheCommonSchema) {
  if (find_program("xmllint").empty()) GTEST_SKIP() << "xmllint (libxml2-utils) is not installed";
  const TempDir dir = TempDir::make(testing::TempDir(), "junit").value();
  for (const testbed::Run& run : {SampleRun::whole(), hostile(), testbed::Run{}}) {
    const fs::path file = dir.path() / "junit.xml";
    ASSERT_TRUE(is_ok(write_file(file, rendered("junit", run))));
    EXPECT_TRUE(is_ok(
        must_succeed({.argv = {"xmllint", "--noout", "--schema", kTestdata / "junit.xsd", file}},
                     Deadline::after(milliseconds(20'000)))));
  }
}

TEST(Junit, AVerdictIsWhatACiServerTakesItFor) {
  const std::string text = rendered("junit", SampleRun::whole());
  EXPECT_TRUE(has(text, R"(<failure type="unexpected")"));
  EXPECT_TRUE(has(text, R"(<error type="infra")"));
  EXPECT_TRUE(has(text, R"(<skipped message="runsc 20260701 is not to be had"/>)"));
  SampleRun sample;
  sample.add("fuse-cgroup", "native", Outcome{});
  EXPECT_TRUE(has(rendered("junit", sample.run()), R"(<error type="pending")"));
}

}  // namespace
}  // namespace testbed
