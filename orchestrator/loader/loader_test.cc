#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/loader/approach_loader.h"
#include "orchestrator/loader/artifact_loader.h"
#include "orchestrator/loader/catalog_loader.h"
#include "orchestrator/loader/cause_loader.h"
#include "orchestrator/loader/scenario_loader.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

const fs::path kTestData = fs::path(TESTBED_SOURCE_DIR) / "orchestrator/loader/testdata";

Artifact artifact(const std::string& name, Artifact::Kind kind,
                  const std::vector<std::string>& labels) {
  Artifact out{.name = name, .kind = kind, .summary = {}, .versions = {}, .file = {}};
  for (const std::string& label : labels)
    out.versions.push_back({.label = label, .sources = {}, .note = {}});
  return out;
}

Catalog small_catalog() {
  CauseRule rule;
  rule.signature = "fuse-access-enosys";
  return {
      .approaches = {{.name = "none", .summary = {}, .components = {}, .file = {}, .digest = {}},
                     {.name = "fuse", .summary = {}, .components = {}, .file = {}, .digest = {}}},
      .artifacts = {artifact("runsc", Artifact::Kind::Program, {"20221219", "20240722"}),
                    artifact("base", Artifact::Kind::RootFilesystem, {"latest"})},
      .causes = {rule}};
}

std::vector<Problem> problems_in(const fs::path& path) {
  const std::string name = path.filename().string();
  const auto about = [&](std::string_view kind) { return name.find(kind) != std::string::npos; };
  if (about("-approach-")) return load_approach(path).problems;
  if (about("-cause-")) return load_cause(path).problems;
  if (about("-artifact-")) return load_artifact(path).problems;
  return load_scenario(path, small_catalog()).problems;
}

std::string shown(const Problem& problem) {
  return std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
         problem.message;
}

// The comment lines "# expect: LINE:COLUMN: MESSAGE" of a file of testdata.
std::vector<std::string> expected_in(const std::string& text) {
  constexpr std::string_view kMark = "# expect: ";
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kMark)) out.push_back(line.substr(kMark.size()));
  }
  return out;
}

std::vector<std::string> files_named(std::string_view prefix) {
  std::vector<std::string> out;
  for (const std::string& name : list_directory(kTestData)) {
    if (name.starts_with(prefix)) out.push_back(name);
  }
  return out;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

class InvalidFile : public testing::TestWithParam<std::string> {};

TEST_P(InvalidFile, HasExactlyTheProblemsThatItSays) {
  const fs::path path = kTestData / GetParam();
  const std::vector<std::string> expected = expected_in(read_file(path).value());
  std::vector<std::string> got;
  for (const Problem& problem : problems_in(path)) got.push_back(shown(problem));
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(got, expected);
}
INSTANTIATE_TEST_SUITE_P(Loader, InvalidFile, testing::ValuesIn(files_named("invalid-")),
                         test_name);

class ValidFile : public testing::TestWithParam<std::string> {};

TEST_P(ValidFile, HasNoProblem) {
  const std::vector<Problem> problems = problems_in(kTestData / GetParam());
  EXPECT_TRUE(problems.empty()) << problems.front().text();
}
INSTANTIATE_TEST_SUITE_P(Loader, ValidFile, testing::ValuesIn(files_named("valid-")), test_name);

// A scenario file in a directory of its own.
Loaded<Scenario> load(const std::string& text, const LoadOptions& options = {}) {
  const TempDir dir = TempDir::make("/tmp", "testbed-loader").value();
  const fs::path file = dir.path() / "x.yaml";
  EXPECT_TRUE(is_ok(write_file(file, text)));
  return load_scenario(file, small_catalog(), options);
}

TEST(LoadScenario, ReadsEveryKey) {
  const auto loaded = load_scenario(kTestData / "valid-scenario.yaml", small_catalog());
  ASSERT_TRUE(loaded.value.has_value());
  const Scenario& scenario = *loaded.value;
  EXPECT_EQ(scenario.name, "every-key");
  EXPECT_EQ(scenario.image, "base");
  ASSERT_EQ(scenario.axes.size(), 4u);
  EXPECT_EQ(scenario.axes[0].also, std::vector<std::string>{"runsc-20240722+ptrace"});
  EXPECT_EQ(scenario.limits.cell, milliseconds(120'000));
  EXPECT_EQ(scenario.limits.step, milliseconds(500));
  ASSERT_EQ(scenario.checks.size(), 3u);
  EXPECT_EQ(scenario.checks[1].holds.errno_name, "OK");
  EXPECT_EQ(scenario.checks[1].holds.value, "512\n");
  EXPECT_EQ(scenario.checks[1].timeout, milliseconds(5'000));
  EXPECT_EQ(scenario.checks[1].start.at(0), "daemon");
  EXPECT_EQ(scenario.checks[1].within, milliseconds(20'000));
  EXPECT_EQ(scenario.network, "sandbox");
  EXPECT_FALSE(scenario.checks[2].is_rung);
  EXPECT_EQ(scenario.checks[2].holds.exit_code, 2);
  EXPECT_EQ(scenario.checks[2].holds.out_matches, "^a+$");
  ASSERT_EQ(scenario.expectations.size(), 2u);
  EXPECT_EQ(scenario.expectations[0].reaches, (std::vector<std::string>{"first", "sandbox-up"}));
  EXPECT_EQ(scenario.expectations[1].check, "side");
  EXPECT_EQ(scenario.variables.at("text"), "a b");
  EXPECT_EQ(scenario.digest.size(), 128u);
  const auto matrix = expand(scenario, small_catalog());
  ASSERT_TRUE(is_ok(matrix));
  ASSERT_EQ(matrix->cells[0].tools.size(), 2u);
  EXPECT_EQ(matrix->cells[0].tools[1].name, "runsc");
  EXPECT_EQ(matrix->cells[0].tools[1].label, "20240722");
}

TEST(LoadScenario, NamesEveryToolThatIsNotThere) {
  const auto loaded = load(
      "scenario: x\nquestion: q\nimage: base\ntools: [runsc, \"runsc-${v}\", base]\n"
      "axes: {sandbox: [native], approach: [none], v: [\"20221219\", \"2\"]}\n"
      "ladder: [{rung: a, run: [x]}]\n");
  ASSERT_EQ(loaded.problems.size(), 2u);
  EXPECT_EQ(shown(loaded.problems[0]),
            "4:16: images/ has no program `runsc-2`: write NAME or NAME-VERSION");
  EXPECT_EQ(shown(loaded.problems[1]),
            "4:30: images/ has no program `base`: write NAME or NAME-VERSION");
}

TEST(LoadScenario, TakesTheFakeSandboxOnlyWhereItIsAllowed) {
  const std::string text =
      "scenario: x\nquestion: q\naxes: {sandbox: [fake], approach: [none]}\n"
      "ladder: [{rung: a, run: [x]}]\n";
  EXPECT_TRUE(load(text, {.allow_fake = true}).value.has_value());
  const auto refused = load(text);
  ASSERT_EQ(refused.problems.size(), 1u);
  EXPECT_EQ(shown(refused.problems[0]), "3:18: the sandbox `fake` is for tests only");
}

TEST(LoadScenario, RefusesMoreCellsThanAnybodyMeans) {
  std::string axes = "axes:\n  sandbox: [native]\n  approach: [none]\n";
  for (const char* name : {"a", "b", "c"}) {
    axes += std::string("  ") + name + ": [";
    for (int i = 0; i < 100; ++i) axes += "v" + std::to_string(i) + ", ";
    axes += "]\n";
  }
  const auto loaded =
      load("scenario: x\nquestion: q\nimage: base\n" + axes + "ladder: [{rung: a, run: [x]}]\n");
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].message, "the axes make more than 100000 cells");
}

TEST(LoadScenario, SaysThatAFileIsAbsentOrEmpty) {
  const auto absent = load_scenario("/no/such/file.yaml", small_catalog());
  ASSERT_EQ(absent.problems.size(), 1u);
  EXPECT_NE(absent.problems[0].text().find("/no/such/file.yaml:1:1: "), std::string::npos);
  EXPECT_NE(absent.problems[0].message.find("ENOENT"), std::string::npos);
  EXPECT_EQ(load("").problems.at(0).message, "the file is empty");
  EXPECT_EQ(load("- a\n").problems.at(0).message, "the file must be a map, not a list");
}

TEST(LoadScenario, AnswersTenMegabytesAndBinaryFilesWithOneProblem) {
  // NOLINTNEXTLINE(bugprone-string-constructor): that large a text is what the test is about.
  EXPECT_EQ(load(std::string(10'000'000, '#')).problems.size(), 1u);
  EXPECT_EQ(load(std::string("\x7f"
                             "ELF\x02\x01\x01\0\0\0",
                             10))
                .problems.size(),
            1u);
}

TEST(LoadScenario, SurvivesEveryDamagedByte) {
  const std::string good = read_file(kTestData / "valid-scenario.yaml").value();
  const TempDir dir = TempDir::make("/tmp", "testbed-loader").value();
  const fs::path file = dir.path() / "x.yaml";
  const Catalog catalog = small_catalog();
  const std::string damages = "[{:&\n\"\xc3";
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const std::size_t turn : {i, i + 3}) {  // two of them for each byte, in turn, to be quick
      std::string bad = good;
      bad[i] = damages[turn % damages.size()];
      fs::remove(file);  // ext4 flushes a file that is truncated and written anew
      ASSERT_TRUE(is_ok(write_file(file, bad)));
      const auto loaded = load_scenario(file, catalog);
      EXPECT_NE(loaded.value.has_value(), !loaded.problems.empty());
    }
  }
}

TEST(LoadApproach, GivesSettingsAsText) {
  const auto loaded = load_approach(kTestData / "valid-approach-settings.yaml");
  ASSERT_TRUE(loaded.value.has_value());
  ASSERT_EQ(loaded.value->components.size(), 2u);
  const std::map<std::string, std::string> settings = {
      {"default_permissions", "true"}, {"handlers", "getattr,read"}, {"mount", "/tmp/x"}};
  EXPECT_EQ(loaded.value->components[0].settings, settings);
  EXPECT_EQ(loaded.value->components[1].name, "native-cgroup");
}

TEST(LoadCause, ReadsEveryKey) {
  const auto loaded = load_cause(kTestData / "valid-cause-every-key.yaml");
  ASSERT_TRUE(loaded.value.has_value());
  const CauseRule& rule = *loaded.value;
  EXPECT_EQ(rule.priority, -3);
  EXPECT_EQ(rule.when.stages, std::vector<std::string>{"component"});
  EXPECT_EQ(rule.when.errnos, (std::vector<std::string>{"EIO", "ENOSYS"}));
  EXPECT_EQ(rule.when.journal.at(0).op, "ACCESS");
  EXPECT_EQ(rule.when.journal.at(0).errno_name, "ENOSYS");
  EXPECT_EQ(rule.when.not_in_journal.at(0).errno_name, "");
  EXPECT_TRUE(rule.when.versions->contains("20240722"));
}

// A project with one artifact.
Loaded<Catalog> load_project(const std::string& artifact_text) {
  const TempDir dir = TempDir::make("/tmp", "testbed-loader").value();
  EXPECT_TRUE(is_ok(make_directories(dir.path() / "images/tool")));
  EXPECT_TRUE(is_ok(write_file(dir.path() / "images/tool/artifact.yaml", artifact_text)));
  return load_catalog(dir.path());
}

TEST(LoadCatalog, SortsDatesAndReadsSources) {
  const auto loaded = load_project(
      "artifact: tool\nkind: program\nsummary: s\nversions:\n"
      "  \"20240722\":\n    sources: [path: {path: /b}]\n"
      "  \"20221219\":\n    note: n\n    sources: [path: {path: /a}]\n");
  ASSERT_TRUE(loaded.value.has_value()) << loaded.problems.front().text();
  const Artifact* tool = loaded.value->find_artifact("tool");
  ASSERT_NE(tool, nullptr);
  EXPECT_EQ(tool->versions[0].label, "20221219");
  EXPECT_EQ(tool->versions[0].sources.at(0).settings.at("path"), "/a");
}

TEST(LoadCatalog, NamesTheFilesOfItsProblems) {
  const auto loaded = load_project("artifact: other\nkind: program\nsummary: s\nversions: {}\n");
  EXPECT_FALSE(loaded.value.has_value());
  ASSERT_EQ(loaded.problems.size(), 2u);
  EXPECT_NE(loaded.problems[0].text().find("/images/tool/artifact.yaml:1:11: `artifact` must be "
                                           "the name of the folder, `tool`, not `other`"),
            std::string::npos);
}

TEST(LoadCatalog, MissingFoldersAreEmpty) {
  const auto loaded = load_catalog("/no/such/project");
  ASSERT_TRUE(loaded.value.has_value());
  EXPECT_TRUE(loaded.value->approaches.empty());
}

}  // namespace
}  // namespace testbed
