#include <gtest/gtest.h>

#include <algorithm>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/loader/catalog_loader.h"
#include "orchestrator/loader/scenario_loader.h"
#include "orchestrator/loader/schema.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

const fs::path kProject = TESTBED_SOURCE_DIR;

std::vector<fs::path> shipped_scenarios() {
  std::vector<fs::path> out;
  for (const std::string& name : list_directory(kProject / "scenarios")) {
    if (name.ends_with(".yaml")) out.push_back(kProject / "scenarios" / name);
  }
  return out;
}

std::string all_text(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + "\n";
  return text;
}

TEST(Shipped, EveryFileLoadsAndEveryScenarioExpands) {
  const auto catalog = load_catalog(kProject);
  ASSERT_TRUE(catalog.value.has_value()) << all_text(catalog.problems);
  EXPECT_FALSE(shipped_scenarios().empty());
  for (const fs::path& file : shipped_scenarios()) {
    const auto scenario = load_scenario(file, *catalog.value);
    ASSERT_TRUE(scenario.value.has_value()) << all_text(scenario.problems);
    EXPECT_EQ(scenario.value->name, file.stem());
    EXPECT_TRUE(is_ok(expand(*scenario.value, *catalog.value)));
  }
}

TEST(Schema, EveryObjectOfItIsClosedAndHelps) {
  for (const FileKind kind : kFileKinds) {
    const json::object schema = schema_of(kind);
    EXPECT_EQ(text_or(schema, "$schema"), "http://json-schema.org/draft-07/schema#");
    EXPECT_FALSE(flag_or(schema, "additionalProperties", true));
    for (const auto& [name, value] : schema.at("properties").as_object())
      EXPECT_FALSE(text_or(value.as_object(), "description").empty()) << name;
    EXPECT_EQ(find_file_kind(name_of(kind)), kind);
  }
}

CommandOutput python(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "python3");
  return run_command({.argv = std::move(arguments)}, Deadline::after(milliseconds(60'000))).value();
}

// Other programs read these schemas: another program says whether they and the files agree.
constexpr const char* kValidate = R"(
import json, sys, jsonschema, yaml
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
bad = False
for name in sys.argv[2:]:
    for error in validator.iter_errors(yaml.safe_load(open(name))):
        bad = True
        print(name, list(error.absolute_path), error.message)
sys.exit(bad)
)";

class SchemaFits : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = python({"-c", "import jsonschema, yaml"});
    if (!succeeded(found.status))
      GTEST_SKIP() << "needs the Debian packages python3-jsonschema and python3-yaml";
  }

  static CommandOutput validate(FileKind kind, const std::vector<fs::path>& files) {
    const TempDir dir = TempDir::make("/tmp", "testbed-loader").value();
    const fs::path schema = dir.path() / "schema.json";
    EXPECT_TRUE(is_ok(write_file(schema, to_pretty(schema_of(kind)))));
    std::vector<std::string> arguments = {"-c", kValidate, schema.string()};
    for (const fs::path& file : files) arguments.push_back(file.string());
    return python(std::move(arguments));
  }
  static void expect_valid(FileKind kind, const std::vector<fs::path>& files) {
    EXPECT_FALSE(files.empty());
    const CommandOutput output = validate(kind, files);
    EXPECT_TRUE(succeeded(output.status)) << output.out << output.err;
  }
  static std::vector<fs::path> matching(const fs::path& folder, const std::string& ending) {
    std::vector<fs::path> out;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
      if (entry.path().string().ends_with(ending)) out.push_back(entry.path());
    }
    return out;
  }
};

TEST_F(SchemaFits, EveryShippedFile) {
  expect_valid(FileKind::Scenario, shipped_scenarios());
  expect_valid(FileKind::Approach, matching(kProject / "scenarios/approaches", ".yaml"));
  expect_valid(FileKind::Cause, matching(kProject / "scenarios/causes", ".yaml"));
  expect_valid(FileKind::Policy, matching(kProject / "scenarios/policies", ".yaml"));
  expect_valid(FileKind::Artifact, matching(kProject / "images", "/artifact.yaml"));
}

TEST_F(SchemaFits, NoFileWithAWrongKeyTypeOrName) {
  const fs::path data = kProject / "orchestrator/loader/testdata";
  for (const char* name : {"invalid-scenario-keys.yaml", "invalid-scenario-types.yaml"})
    EXPECT_FALSE(succeeded(validate(FileKind::Scenario, {data / name}).status)) << name;
  EXPECT_FALSE(succeeded(validate(FileKind::Approach, {data / "invalid-approach-a.yaml"}).status));
}

// Blocks that begin with `scenario:` are whole files.
TEST(Shipped, TheExamplesOfTheReadmeLoad) {
  const auto catalog = load_catalog(kProject);
  ASSERT_TRUE(catalog.value.has_value());
  const std::string readme = read_file(kProject / "scenarios/README.md").value();
  const TempDir dir = TempDir::make("/tmp", "testbed-loader").value();
  int examples = 0;
  for (std::size_t at = readme.find("```yaml\nscenario:"); at != std::string::npos;
       at = readme.find("```yaml\nscenario:", at + 1)) {
    const std::size_t begin = at + 8;
    const fs::path file = dir.path() / ("example" + std::to_string(++examples) + ".yaml");
    ASSERT_TRUE(is_ok(write_file(file, readme.substr(begin, readme.find("```", begin) - begin))));
    const auto scenario = load_scenario(file, *catalog.value);
    EXPECT_TRUE(scenario.value.has_value()) << all_text(scenario.problems);
  }
  EXPECT_GT(examples, 0);
}

}  // namespace
}  // namespace testbed
