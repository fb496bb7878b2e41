#include <gtest/gtest.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

const std::string kPrograms = TESTBED_BINARY_DIR "/libexec/testbed/";

class Preload : public testing::Test {
 protected:
  CommandOutput run(std::vector<std::string> program) const {
    std::vector<std::string> argv = {kPrograms + "preload",
                                     "--journal",
                                     journal().string(),
                                     "--rule",
                                     "redirect /no/such -> " + dir_.path().string(),
                                     "--rule",
                                     "statfs /no/such as cgroup"};
    argv.insert(argv.end(), program.begin(), program.end());
    return run_command({.argv = argv}, Deadline::after(milliseconds(20'000))).value();
  }
  CommandOutput shell(const std::string& script) const { return run({"sh", "-c", script}); }
  fs::path journal() const { return dir_.path() / "journal"; }
  std::string journal_text() const { return read_file(journal()).value(); }

  void SetUp() override { ASSERT_TRUE(is_ok(write_file(dir_.path() / "file", "content\n"))); }

  TempDir dir_ = TempDir::make("/tmp", "preload-test").value();
};

TEST_F(Preload, ADynamicProgramSeesTheTargetOfARedirection) {
  EXPECT_EQ(run({"cat", "/no/such/file"}).out, "content\n");
  EXPECT_NE(journal_text().find("\"LOADED\""), std::string::npos);
}

TEST_F(Preload, PathsAreComparedWithoutDotsAndRelativeToTheDirectory) {
  EXPECT_EQ(shell("cat /no/../no//such/./file && cd /no/such && cat file ./file").out,
            "content\ncontent\ncontent\n");
}

TEST_F(Preload, AnEqualBeginningOfANameIsNotBelowThePath) {
  EXPECT_NE(describe(run({"cat", "/no/suchfile"}).status), "exit code 0");
}

TEST_F(Preload, FileSystemsHaveTheTypeThatTheRuleGives) {
  EXPECT_EQ(run({"stat", "-f", "-c", "%T", "/no/such"}).out, "cgroupfs\n");
}

TEST_F(Preload, AStaticProgramIsNotReachedAndTheJournalSaysWhy) {
  const CommandOutput output = run({kPrograms + "probe", "read", "/no/such/file"});
  EXPECT_NE(output.out.find("ENOENT"), std::string::npos) << output.out;
  EXPECT_NE(output.err.find("linked statically"), std::string::npos) << output.err;
  EXPECT_NE(journal_text().find("\"STATIC\""), std::string::npos);
  EXPECT_EQ(journal_text().find("\"LOADED\""), std::string::npos);
}

TEST_F(Preload, ARuleThatIsNotUnderstoodStartsNothing) {
  const CommandOutput output =
      run_command({.argv = {kPrograms + "preload", "--rule", "statfs / as magic", "echo", "ran"}},
                  Deadline::after(milliseconds(20'000)))
          .value();
  EXPECT_EQ(describe(output.status), "exit code 65");
  EXPECT_EQ(output.out, "");
}

}  // namespace
}  // namespace testbed
