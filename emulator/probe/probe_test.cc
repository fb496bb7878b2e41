#include <gtest/gtest.h>
#include <signal.h>

#include <set>

#include "emulator/probe/operations.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed::probe {
namespace {

using namespace std::string_literals;

const std::string kProbe = std::string(TESTBED_BINARY_DIR) + "/emulator/probe/probe";

class ProbeTest : public testing::Test {
 protected:
  CommandOutput run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kProbe);
    auto output = run_command({.argv = std::move(arguments)}, Deadline::after(milliseconds(10000)));
    EXPECT_TRUE(is_ok(output));
    return std::move(output).value();
  }

  // The line of an operation that must have been carried out.
  json::object line(std::vector<std::string> arguments) {
    const CommandOutput output = run(std::move(arguments));
    EXPECT_EQ(describe(output.status), describe(Exited{0})) << output.err;
    EXPECT_EQ(output.out.find('\n'), output.out.size() - 1) << output.out;
    const auto parsed = parse_json(output.out);
    EXPECT_TRUE(is_ok(parsed));
    return parsed ? parsed->as_object() : json::object();
  }
  json::value value(std::vector<std::string> arguments, std::string_view member) {
    return line(std::move(arguments)).at("value").as_object().at(member);
  }
  std::string error(std::vector<std::string> arguments) {
    return text_or(line(std::move(arguments)), "errno", "OK");
  }
  std::string code(std::vector<std::string> arguments) {
    return describe(run(std::move(arguments)).status);
  }
  std::string path(std::string_view name) const { return dir_.path() / name; }

  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "probe-test")).value();
};

TEST(Operations, HaveDistinctNamesAndSaneBounds) {
  std::set<std::string> names;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(names.insert(operation.name).second) << operation.name;
    EXPECT_LE(operation.fewest, operation.most) << operation.name;
    EXPECT_EQ(find_operation(operation.name)->carry_out, operation.carry_out);
  }
}

TEST_F(ProbeTest, PrintsOneLineWithTheDecisiveCall) {
  const json::object got = line({"open", path("absent"), "r"});
  EXPECT_EQ(got.at("op"), "open");
  EXPECT_EQ(got.at("args"), json::value({path("absent"), "r"}));
  EXPECT_EQ(got.at("call"), "openat");
  EXPECT_EQ(got.at("result"), -1);
  EXPECT_EQ(got.at("errno"), "ENOENT");
  EXPECT_GT(number_or(got, "ns"), 0);
  EXPECT_FALSE(got.contains("value"));
  EXPECT_TRUE(line({"open", "/"}).at("errno").is_null());
}

TEST_F(ProbeTest, EscapesWhatJsonCannotHold) {
  const std::string name = "a\x01\"\\\xff\n\x7fä";
  ASSERT_EQ(error({"write", path(name), "x", "create"}), "OK");
  EXPECT_EQ(value({"readdir", dir_.path()}, "names"), json::value({valid_utf8(name)}));
}

TEST_F(ProbeTest, WritesAndReadsText) {
  const std::string file = path("file");
  EXPECT_EQ(error({"write", file, "x"}), "ENOENT") << "only `create` makes a file";
  EXPECT_EQ(error({"write", file, "one\\ntwo\\x41\\t\\\\", "create"}), "OK");
  EXPECT_EQ(value({"read", file}, "text"), "one\ntwoA\t\\");
  EXPECT_EQ(error({"write", file, "!", "append"}), "OK");
  EXPECT_EQ(value({"read", file}, "text"), "one\ntwoA\t\\!");
  EXPECT_EQ(error({"write", file, "new", "trunc"}), "OK");
  const json::object got = line({"read", file});
  EXPECT_EQ(got.at("result"), 3);
  EXPECT_EQ(got.at("value"), json::value({{"text", "new"}, {"close", nullptr}}));
  EXPECT_EQ(line({"read", dir_.path()}).at("call"), "read");
  EXPECT_EQ(error({"read", dir_.path()}), "EISDIR");
}

TEST_F(ProbeTest, StopsReadingAfter64KiB) {
  EXPECT_EQ(line({"read", "/dev/zero"}).at("result"), 65536);
}

TEST_F(ProbeTest, MakesListsAndRemovesDirectories) {
  const std::string top = path("top");
  EXPECT_EQ(error({"mkdir", top, "700"}), "OK");
  EXPECT_EQ(value({"stat", top}, "mode"), "0700");
  EXPECT_EQ(error({"mkdir", top}), "EEXIST");
  EXPECT_EQ(error({"mkdir", top + "/b"}), "OK");
  EXPECT_EQ(error({"mkdir", top + "/a"}), "OK");
  EXPECT_EQ(line({"readdir", top}).at("value"), json::value({{"names", json::array{"a", "b"}},
                                                             {"count", 2},
                                                             {"directories", json::array{"a", "b"}},
                                                             {"untyped", 0}}));
  EXPECT_EQ(error({"rmdir", top}), "ENOTEMPTY");
  EXPECT_EQ(error({"rmdir", top + "/a"}), "OK");
}

TEST_F(ProbeTest, ListsMoreNamesThanOneCallReturns) {
  for (int i = 0; i < 1500; ++i)
    ASSERT_TRUE(is_ok(write_file(path("a-name-of-some-length-" + std::to_string(i)), "")));
  EXPECT_EQ(value({"readdir", dir_.path()}, "count"), 1500);
}

TEST_F(ProbeTest, HandlesLinksRenamesAndNodes) {
  ASSERT_EQ(error({"write", path("file"), "x", "create"}), "OK");
  EXPECT_EQ(error({"symlink", "file", path("soft")}), "OK");
  EXPECT_EQ(value({"readlink", path("soft")}, "target"), "file");
  EXPECT_EQ(value({"lstat", path("soft")}, "type"), "link");
  EXPECT_EQ(value({"stat", path("soft")}, "type"), "file");
  EXPECT_EQ(error({"link", path("file"), path("hard")}), "OK");
  EXPECT_EQ(value({"stat", path("file")}, "links"), 2);
  EXPECT_EQ(error({"rename", path("hard"), path("moved")}), "OK");
  EXPECT_EQ(error({"unlink", path("hard")}), "ENOENT");
  EXPECT_EQ(error({"unlink", path("moved")}), "OK");
  EXPECT_EQ(error({"mknod", path("pipe"), "p"}), "OK");
  EXPECT_EQ(value({"stat", path("pipe")}, "type"), "fifo");
}

TEST_F(ProbeTest, ChangesAndExaminesFiles) {
  const std::string file = path("file");
  ASSERT_EQ(error({"write", file, "hello", "create"}), "OK");
  EXPECT_EQ(error({"chmod", file, "640"}), "OK");
  EXPECT_EQ(value({"statx", file, "no_automount"}, "mode"), "0640");
  EXPECT_EQ(error({"truncate", file, "4"}), "OK");
  EXPECT_EQ(value({"stat", file}, "size"), 4);
  EXPECT_EQ(error({"access", file, "r,w"}), "OK");
  EXPECT_EQ(value({"mmap", file}, "first_byte"), 'h');
  EXPECT_EQ(error({"flock", file}), "OK");
  EXPECT_EQ(error({"inotify", file}), "OK");
  const std::string directory = fs::path(file).parent_path().string();
  EXPECT_EQ(value({"inotify-mkdir", directory, "new"}, "events"), "create new,delete new");
  EXPECT_EQ(value({"poll", file}, "events"), "in");
  EXPECT_EQ(line({"close", file}).at("call"), "close");
  EXPECT_EQ(error({"getxattr", file, "user.absent"}), "ENODATA");
}

TEST_F(ProbeTest, ShowsFileSystemsAndMountPoints) {
  EXPECT_EQ(value({"statfs", "/proc"}, "type"), "0x9fa0");
  EXPECT_EQ(line({"mountpoint", "/proc"}).at("value"),
            json::value({{"mountpoint", true}, {"method", "device"}}));
  EXPECT_EQ(line({"mountpoint", "/"}).at("value"),
            json::value({{"mountpoint", true}, {"method", "root"}}));
  EXPECT_EQ(value({"mountpoint", dir_.path()}, "mountpoint"), false);
  EXPECT_EQ(error({"mountpoint", path("absent")}), "ENOENT");
}

TEST_F(ProbeTest, ShowsTheProcessAndTheSystem) {
  EXPECT_EQ(value({"uname"}, "sysname"), "Linux");
  EXPECT_EQ(value({"getpid"}, "parent"), ::getpid());
  EXPECT_EQ(error({"env", "NO_SUCH_VARIABLE"}), "ENOENT");
  EXPECT_EQ(error({"syscall", "9999"}), "ENOSYS");
  EXPECT_EQ(error({"syscall", std::to_string(SYS_rmdir), "text:" + path("absent")}), "ENOENT");
}

TEST_F(ProbeTest, SleepsAndSpinsAsLongAsAsked) {
  EXPECT_GE(number_or(line({"sleep", "50"}), "ns"), 50000000);
  EXPECT_GE(number_or(line({"spin", "50"}), "ns"), 50000000);
}

TEST_F(ProbeTest, PauseStaysUntilItIsEnded) {
  auto process = Subprocess::start({.argv = {kProbe, "pause"}});
  ASSERT_TRUE(is_ok(process));
  EXPECT_EQ(describe(process->wait(Deadline::after(milliseconds(100)))), describe(TimedOut{}));
}

TEST_F(ProbeTest, ExitCodeTellsWrongAnswersFromWrongUsage) {
  EXPECT_EQ(code({"stat", path("absent")}), "exit code 0");
  EXPECT_EQ(code({"--expect", "ENOENT", "stat", path("absent")}), "exit code 0");
  EXPECT_EQ(code({"--expect", "OK", "stat", path("absent")}), "exit code 1");
  EXPECT_EQ(code({"--expect", "OK", "--value", "directory", "stat", "/"}), "exit code 0");
  EXPECT_EQ(code({"--expect", "OK", "--value", "file", "stat", "/"}), "exit code 1");
  EXPECT_EQ(code({"--expect", "OK", "--value", "true", "mountpoint", "/"}), "exit code 0");
  for (const auto& wrong : std::vector<std::vector<std::string>>{{},
                                                                 {"dance"},
                                                                 {"stat"},
                                                                 {"stat", "/", "/"},
                                                                 {"open", "/", "x"},
                                                                 {"--hope", "stat", "/"},
                                                                 {"--expect"},
                                                                 {"sleep", "long"},
                                                                 {"chmod", "/", "89"},
                                                                 {"write", "/x", "\\q"}})
    EXPECT_EQ(code(wrong), "exit code 64") << json::serialize(json::value_from(wrong));
}

TEST_F(ProbeTest, ListsAllOperations) {
  const std::string list = run({"--list"}).out;
  for (const Operation& operation : operations())
    EXPECT_NE(list.find(operation.help), list.npos) << operation.name;
  EXPECT_EQ(code({"--help"}), "exit code 0");
  EXPECT_EQ(code({"--version"}), "exit code 0");
}

}  // namespace
}  // namespace testbed::probe
