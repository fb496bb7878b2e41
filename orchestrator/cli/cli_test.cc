// The program as its users call it, without privileges.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

class CliTest : public testing::Test {
 protected:
  CommandOutput testbed(std::vector<std::string> args) {
    args.insert(args.begin(), TESTBED_BINARY_DIR "/bin/testbed");
    return run_command({.argv = args,
                        .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR},
                                {"TESTBED_RESULTS", (dir_.path() / "results").string()},
                                {"TESTBED_CACHE", (dir_.path() / "cache").string()},
                                {"TESTBED_RUN_DIR", (dir_.path() / "run").string()}}},
                       Deadline::after(milliseconds(60'000)))
        .value();
  }
  int code(std::vector<std::string> args) {
    return std::get<Exited>(testbed(std::move(args)).status).code;
  }
  std::string scenario(const std::string& name, const std::string& text) {
    const fs::path file = dir_.path() / (name + ".yaml");
    EXPECT_TRUE(is_ok(write_file(file, text)));
    return file.string();
  }

  TempDir dir_ = TempDir::make(fs::temp_directory_path(), "cli").value();
};

constexpr const char* kHere = R"(scenario: here
question: q
axes: {sandbox: [here], approach: [none]}
ladder:
  - {rung: says, run: [sh, -c, "echo hello"], stdout: "hello\n"}
  - {rung: probes, run: [probe, stat, /], errno: OK}
)";

TEST_F(CliTest, HelpNamesEveryVerbAndTheExitCodes) {
  const CommandOutput help = testbed({"--help"});
  EXPECT_TRUE(succeeded(help.status));
  for (const char* word : {"run",      "plan",       "validate",    "schema",  "list",   "doctor",
                           "versions", "report",     "show",        "logs",    "why",    "rerun",
                           "resume",   "compare",    "archive",     "gate",    "bisect", "ablate",
                           "expect",   "completion", "Exit status", "Examples"}) {
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  }
}

TEST_F(CliTest, WrongUsageIs64) {
  EXPECT_EQ(code({}), 64);
  EXPECT_EQ(code({"rnu"}), 64);
  EXPECT_EQ(code({"run"}), 64);
  EXPECT_EQ(code({"plan", "exp07", "--only", "colour=red"}), 64);
  EXPECT_EQ(code({"plan", "exp07", "--only", "approach=nothing"}), 64);
}

TEST_F(CliTest, AMissingFileIs66AndABadOneIs65WithItsPosition) {
  EXPECT_EQ(code({"run", "no-such-scenario"}), 66);
  const CommandOutput bad = testbed({"run", scenario("bad", "scenario: bad\nqestion: x\n")});
  EXPECT_EQ(std::get<Exited>(bad.status).code, 65);
  EXPECT_NE(bad.err.find("bad.yaml:2:1: "), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("question"), std::string::npos) << bad.err;
  EXPECT_TRUE(list_directory(dir_.path() / "results").empty());
}

TEST_F(CliTest, TheShippedScenariosAreValid) { EXPECT_EQ(code({"validate"}), 0); }

TEST_F(CliTest, NothingSelectedIs3) {
  EXPECT_EQ(code({"plan", "exp07", "--only", "sandbox=<20200101"}), 3);
}

TEST_F(CliTest, SchemasAndCompletionsArePrinted) {
  for (const char* kind : {"scenario", "approach", "cause", "artifact"}) {
    EXPECT_TRUE(is_ok(parse_json(testbed({"schema", kind}).out))) << kind;
  }
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_NE(testbed({"completion", shell}).out.find("why"), std::string::npos) << shell;
  }
}

TEST_F(CliTest, AScenarioHereRunsIsRecordedAndIsReported) {
  const CommandOutput run = testbed({"run", scenario("here", kHere)});
  EXPECT_TRUE(succeeded(run.status)) << run.err;
  EXPECT_NE(run.out.find("pass 3/3"), std::string::npos) << run.out;
  for (const char* format : {"text", "markdown", "json", "junit"}) {
    EXPECT_TRUE(succeeded(testbed({"report", "latest", "--format", format}).status)) << format;
  }
  EXPECT_NE(testbed({"show", "none+here"}).out.find("rung probes: pass"), std::string::npos);
  EXPECT_NE(testbed({"logs", "none+here"}).out.find("hello"), std::string::npos);
  EXPECT_NE(testbed({"why", "none+here"}).out.find("passed all"), std::string::npos);
  EXPECT_EQ(code({"why", "none+elsewhere"}), 66);
}

TEST_F(CliTest, TheMatrixAsJsonFitsItsPublishedSchema) {
  // Other programs read it: another program says whether the two agree.
  constexpr const char* kValidate = R"(
import json, sys, jsonschema
schema, matrix = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(matrix, schema)
del matrix["cells"][0]["verdict"]
sys.exit(0 if list(jsonschema.Draft7Validator(schema).iter_errors(matrix)) else "a lack is not noticed")
)";
  if (!succeeded(run_command({.argv = {"python3", "-c", "import jsonschema"}},
                             Deadline::after(milliseconds(10'000)))
                     .value()
                     .status))
    GTEST_SKIP() << "needs the Debian package python3-jsonschema";
  testbed({"run", scenario("here", kHere)});
  const fs::path schema = dir_.path() / "schema.json", matrix = dir_.path() / "matrix.json";
  EXPECT_TRUE(is_ok(write_file(schema, testbed({"schema", "matrix"}).out)));
  EXPECT_TRUE(is_ok(write_file(matrix, testbed({"report", "latest", "--format", "json"}).out)));
  const auto output =
      run_command({.argv = {"python3", "-c", kValidate, schema.string(), matrix.string()}},
                  Deadline::after(milliseconds(30'000)));
  ASSERT_TRUE(is_ok(output));
  EXPECT_TRUE(succeeded(output->status)) << output->out << output->err;
}

TEST_F(CliTest, ACheckThatDoesNotHoldMakesTheRunEndWith1) {
  std::string text = kHere;
  text.replace(text.find("hello\\n"), 7, "other\\n");
  EXPECT_EQ(code({"run", scenario("here", text)}), 1);
  EXPECT_NE(testbed({"why", "none+here"}).out.find("`says` failed"), std::string::npos);
}

TEST_F(CliTest, ARecordThatCannotBeCreatedIs73) {
  ASSERT_TRUE(is_ok(write_file(dir_.path() / "results", "a file in the way")));
  EXPECT_EQ(code({"run", scenario("here", kHere)}), 73);
}

TEST_F(CliTest, ListsAreParseable) {
  for (const char* what : {"scenarios", "approaches", "artifacts", "causes", "runs"}) {
    const auto list = parse_json(testbed({"list", what, "--format", "json"}).out);
    ASSERT_TRUE(is_ok(list)) << what;
    EXPECT_TRUE(list->is_array());
  }
  EXPECT_TRUE(is_ok(parse_json(testbed({"doctor", "--format", "json"}).out)));
  EXPECT_TRUE(is_ok(parse_json(testbed({"versions", "list", "--format", "json"}).out)));
}

TEST_F(CliTest, CompareGateExpectAndRerunWorkOnARecordedRun) {
  const std::string file = scenario("here", kHere);
  ASSERT_EQ(code({"run", file}), 0);
  EXPECT_NE(testbed({"compare", "latest", "latest"}).out.find("1 same"), std::string::npos);
  EXPECT_EQ(code({"compare", "latest"}), 64);
  EXPECT_EQ(code({"gate", "latest", "latest"}), 0);
  EXPECT_EQ(code({"expect", "latest", "--scenario", file}), 0);
  EXPECT_EQ(code({"rerun", "latest"}), 3) << "all was as expected";
  EXPECT_EQ(code({"resume", "latest"}), 3);
  EXPECT_EQ(code({"bisect", file}), 64) << "no versions";
  const CommandOutput page = testbed({"report", "latest", "--format", "html"});
  EXPECT_TRUE(page.out.starts_with("<!doctype html>"));
}

TEST_F(CliTest, AShellInACellRunsWhatItIsToldAndEndsAsItDoesAndIsNoResult) {
  const CommandOutput shell =
      testbed({"shell", "here/none+here", "--scenario", scenario("here", kHere), "-c",
               "echo in the $((40 + 2))nd; exit 3"});
  EXPECT_EQ(std::get<Exited>(shell.status).code, 3) << shell.err;
  EXPECT_EQ(shell.out, "in the 42nd\n");
  EXPECT_TRUE(list_directory(dir_.path() / "results").empty());
  EXPECT_EQ(code({"shell", "smoke/none+nowhere"}), 66);
}

TEST_F(CliTest, ShardsMergeToWhatTheWholeRunIsAlsoFromArchives) {
  std::string text = kHere;
  text.replace(text.find("approach: [none]}"), 17, "approach: [none], n: [a, b, c]}");
  const std::string rows = scenario("rows", text);
  ASSERT_EQ(code({"run", rows}), 0);
  EXPECT_EQ(code({"run", rows, "--shard", "1/4"}), 64) << "three rows";
  EXPECT_EQ(code({"run", rows, "--shard", "3/2"}), 64);
  const fs::path results = dir_.path() / "results";
  const std::string whole = list_directory(results).front();
  // Two runs of one second have no order: the new one is the one that was not there.
  const auto shard = [&](const std::string& name) {
    const std::vector<std::string> before = list_directory(results);
    EXPECT_EQ(code({"run", rows, "--shard", name + "/2"}), 0);
    const fs::path to = dir_.path() / (name + ".tar.zst");
    for (const std::string& run : list_directory(results)) {
      if (std::find(before.begin(), before.end(), run) != before.end()) continue;
      EXPECT_EQ(code({"archive", run, "-o", to}), 0);
    }
    return to.string();
  };
  const std::string first = shard("1"), second = shard("2");
  EXPECT_EQ(code({"merge", first, first}), 65) << "overlapping";
  EXPECT_EQ(code({"merge", first}), 2) << "a shard is missing";
  const CommandOutput merged = testbed({"merge", second, first, "--format", "json"});
  EXPECT_EQ(std::get<Exited>(merged.status).code, 0) << merged.err;
  const json::value matrix = parse_json(merged.out).value();
  const json::value expected =
      parse_json(testbed({"report", whole, "--format", "json"}).out).value();
  EXPECT_EQ(matrix.at("counts"), expected.at("counts"));
  EXPECT_EQ(matrix.at("complete"), json::value(true));
  const std::string id(matrix.at("run").as_string());
  EXPECT_NE(testbed({"compare", whole, id}).out.find("3 same"), std::string::npos);
  EXPECT_NE(testbed({"logs", id, "none+here+b"}).out.find("hello"), std::string::npos);
}

}  // namespace
}  // namespace testbed
