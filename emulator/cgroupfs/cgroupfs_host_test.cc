#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed::cgroupfs {
namespace {

const std::string kProgram = std::string(TESTBED_BINARY_DIR) + "/emulator/cgroupfs/cgroupfs";
constexpr milliseconds kPatience(10000);

// The built program on a directory of its own, which is unmounted however a test ends.
class CgroupfsTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_root());
    REQUIRE_HOST(host::lacks_fuse());
  }
  void TearDown() override {
    server_.reset();
    ::umount2(mount_.c_str(), MNT_DETACH);
  }

  // Returns once the program says that it can be used.
  void serve(std::vector<std::string> options) {
    auto ready = Pipe::make();
    ASSERT_TRUE(is_ok(ready));
    std::vector<std::string> argv = {kProgram, "--make-dir", "--ready-fd",
                                     "1",      "--journal",  journal_};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(mount_);
    auto started = Subprocess::start({.argv = argv, .out = ready->write.get(), .err = 2});
    ASSERT_TRUE(is_ok(started));
    server_.emplace(std::move(*started));
    ready->write.reset();
    char line[256];
    const ssize_t size = ::read(ready->read.get(), line, sizeof line);
    ASSERT_GT(size, 0) << "the program ended: " << describe(end());
    EXPECT_EQ(std::string(line, static_cast<std::size_t>(size)), "ready " + mount_ + "\n");
  }
  ExitStatus end() { return server_->wait(Deadline::after(kPatience)); }
  ExitStatus terminate() {
    ::kill(server_->pid(), SIGTERM);
    return end();
  }
  bool mounted() const {
    return read_file("/proc/self/mounts").value().find(" " + mount_ + " ") != std::string::npos;
  }

  // What is read, or the errno's name.
  std::string read(const std::string& path) const {
    const UniqueFd fd(::open((mount_ + path).c_str(), O_RDONLY | O_CLOEXEC));
    char text[8192];
    const ssize_t size = fd.valid() ? ::read(fd.get(), text, sizeof text) : -1;
    return size < 0 ? errno_name(errno) : std::string(text, static_cast<std::size_t>(size));
  }
  std::string write(const std::string& path, std::string_view text, int flags = 0) const {
    const UniqueFd fd(::open((mount_ + path).c_str(), O_WRONLY | O_CLOEXEC | flags));
    const bool done = fd.valid() && ::write(fd.get(), text.data(), text.size()) == std::ssize(text);
    return done ? "OK" : errno_name(errno);
  }
  std::string outcome(int result) const { return result == 0 ? "OK" : errno_name(errno); }
  std::string make(const std::string& path) const {
    return outcome(::mkdir((mount_ + path).c_str(), 0755));
  }
  std::string remove(const std::string& path) const {
    return outcome(::rmdir((mount_ + path).c_str()));
  }
  bool journal_has(const std::string& op, const std::string& error) const {
    const std::string text = read_file(journal_).value();
    std::size_t line = 0;
    for (std::size_t stop; (stop = text.find('\n', line)) != std::string::npos; line = stop + 1) {
      const std::string one = text.substr(line, stop - line);
      if (one.find("\"op\":\"" + op + "\"") != std::string::npos &&
          one.find("\"errno\":" + error) != std::string::npos)
        return true;
    }
    return false;
  }

  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "cgroupfs-test")).value();
  std::string mount_ = dir_.path() / "mount", journal_ = dir_.path() / "journal";
  std::optional<Subprocess> server_;
};

const std::string kBare = "--only=getattr,readdir,open,read,statfs";

TEST_F(CgroupfsTest, ListsControllersAndTheirFiles) {
  serve({});
  EXPECT_EQ(list_directory(mount_).size(), 9u);
  const auto files = list_directory(mount_ + "/memory");
  EXPECT_EQ(std::count(files.begin(), files.end(), "memory.limit_in_bytes"), 1);
  EXPECT_EQ(std::count(files.begin(), files.end(), "tasks"), 1);
}

TEST_F(CgroupfsTest, ReadsBackWhatWasWritten) {
  serve({});
  EXPECT_EQ(read("/cpu/cpu.shares"), "1024\n");
  EXPECT_EQ(write("/cpu/cpu.shares", "512"), "OK");
  EXPECT_EQ(read("/cpu/cpu.shares"), "512\n");
  EXPECT_EQ(write("/cpu/cpu.shares", "700\n", O_TRUNC | O_APPEND), "OK");
  EXPECT_EQ(read("/cpu/cpu.shares"), "700\n");
}

TEST_F(CgroupfsTest, AnswersAsLinuxDoes) {
  serve({});
  EXPECT_EQ(write("/cpu/cpu.shares", "text"), "EINVAL");
  EXPECT_EQ(write("/cpu/cpu.shares", std::string(5000, '1')), "E2BIG");
  EXPECT_EQ(write("/cpu/cpu.stat", "1"), "EINVAL");
  EXPECT_EQ(read("/memory/memory.force_empty"), "EINVAL");
  EXPECT_EQ(write("/cpu/new", "1", O_CREAT), "EACCES");
  EXPECT_EQ(outcome(::unlink((mount_ + "/cpu/tasks").c_str())), "EPERM");
  EXPECT_EQ(outcome(::symlink("x", (mount_ + "/cpu/new").c_str())), "EPERM");
  EXPECT_EQ(outcome(::rename((mount_ + "/cpu/tasks").c_str(), (mount_ + "/cpu/x").c_str())),
            "EPERM");
  EXPECT_EQ(read("/cpu/absent"), "ENOENT");
}

TEST_F(CgroupfsTest, MakesAndRemovesGroups) {
  serve({});
  EXPECT_EQ(make("/memory/g"), "OK");
  EXPECT_EQ(make("/memory/g"), "EEXIST");
  EXPECT_EQ(read("/memory/g/memory.limit_in_bytes"), "9223372036854771712\n");
  EXPECT_EQ(write("/memory/g/memory.limit_in_bytes", "64M"), "OK");
  EXPECT_EQ(read("/memory/g/memory.limit_in_bytes"), "67108864\n");
  EXPECT_EQ(make("/memory/g/below"), "OK");
  EXPECT_EQ(remove("/memory/g"), "EBUSY");
  EXPECT_EQ(remove("/memory/g/below"), "OK");
  EXPECT_EQ(remove("/memory/g/tasks"), "ENOTDIR");
  EXPECT_EQ(remove("/memory/g"), "OK");
  EXPECT_EQ(read("/memory/g/memory.limit_in_bytes"), "ENOENT");
  EXPECT_EQ(make("/memory/g"), "OK");
  EXPECT_EQ(read("/memory/g/memory.limit_in_bytes"), "9223372036854771712\n");
}

TEST_F(CgroupfsTest, AnOpenFileOfARemovedGroupIsNoDevice) {
  serve({});
  ASSERT_EQ(make("/cpu/g"), "OK");
  const UniqueFd fd(::open((mount_ + "/cpu/g/cpu.shares").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(fd.valid());
  ASSERT_EQ(remove("/cpu/g"), "OK");
  char text[16];
  EXPECT_EQ(::read(fd.get(), text, sizeof text), -1);
  EXPECT_EQ(errno, ENODEV);
}

TEST_F(CgroupfsTest, MovesTheWriter) {
  serve({});
  ASSERT_EQ(make("/pids/g"), "OK");
  EXPECT_EQ(write("/pids/g/cgroup.procs", "0"), "OK");
  EXPECT_EQ(read("/pids/g/cgroup.procs"), std::to_string(::getpid()) + "\n");
  EXPECT_EQ(remove("/pids/g"), "EBUSY");
  EXPECT_EQ(write("/pids/cgroup.procs", std::to_string(::getpid())), "OK");
  EXPECT_EQ(write("/pids/cgroup.procs", "4194304"), "ESRCH");
  EXPECT_EQ(remove("/pids/g"), "OK");
}

TEST_F(CgroupfsTest, ListsDirectoriesThatNeedSeveralReplies) {
  serve({});
  for (int i = 0; i < 150; ++i)
    ASSERT_EQ(make("/systemd/a-group-with-a-rather-long-name-" + std::to_string(i)), "OK");
  EXPECT_EQ(list_directory(mount_ + "/systemd").size(), 156u);
}

TEST_F(CgroupfsTest, WithFiveHandlersLinuxStillReads) {
  serve({kBare});
  EXPECT_EQ(list_directory(mount_).size(), 9u);
  EXPECT_EQ(read("/cpu/cpu.shares"), "1024\n");
  EXPECT_EQ(::access((mount_ + "/cpu/cpu.shares").c_str(), R_OK), 0);
  EXPECT_EQ(write("/cpu/cpu.shares", "512"), "ENOSYS");
  EXPECT_EQ(make("/cpu/g"), "ENOSYS");
  EXPECT_TRUE(journal_has("ACCESS", "\"ENOSYS\""));
  EXPECT_TRUE(journal_has("FLUSH", "\"ENOSYS\""));
  EXPECT_TRUE(journal_has("MKDIR", "\"ENOSYS\""));
  EXPECT_TRUE(journal_has("OPEN", "null"));
  EXPECT_TRUE(journal_has("READ", "null"));
}

TEST_F(CgroupfsTest, DefaultPermissionsLeaveAccessToTheKernel) {
  serve({kBare, "--default-permissions", "--allow-other"});
  EXPECT_EQ(::access((mount_ + "/cpu/cpu.shares").c_str(), R_OK), 0);
  EXPECT_FALSE(journal_has("ACCESS", ""));
}

TEST_F(CgroupfsTest, LeavesOutWhatItIsTold) {
  serve({"--without", "flush,mkdir"});
  EXPECT_EQ(make("/cpu/g"), "ENOSYS");
  EXPECT_EQ(read("/cpu/cpu.shares"), "1024\n");
  EXPECT_TRUE(journal_has("FLUSH", "\"ENOSYS\""));
}

TEST_F(CgroupfsTest, FailsAsPlanned) {
  serve({"--fail", "read=EIO@2", "--fail", "mkdir=EROFS"});
  EXPECT_EQ(read("/cpu/cpu.shares"), "1024\n");
  EXPECT_EQ(read("/cpu/cpu.shares"), "EIO");
  EXPECT_EQ(read("/cpu/cpu.shares"), "1024\n");
  EXPECT_EQ(make("/cpu/g"), "EROFS");
  EXPECT_TRUE(journal_has("READ", "\"EIO\""));
}

TEST_F(CgroupfsTest, ADeadServerIsNotConnected) {
  serve({"--die-after", "3"});
  for (int i = 0; i < 3; ++i) (void)read("/cpu/cpu.shares");
  const ExitStatus status = end();
  ASSERT_TRUE(std::holds_alternative<Exited>(status));
  EXPECT_EQ(std::get<Exited>(status).code, 70);
  EXPECT_EQ(read("/cpu/cpu.shares"), "ENOTCONN");
}

TEST_F(CgroupfsTest, SigtermUnmounts) {
  serve({});
  EXPECT_TRUE(mounted());
  EXPECT_TRUE(succeeded(terminate()));
  EXPECT_FALSE(mounted());
}

TEST_F(CgroupfsTest, SigtermUnmountsWhatIsInUse) {
  serve({});
  const UniqueFd fd(::open((mount_ + "/cpu/cpu.shares").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(fd.valid());
  EXPECT_TRUE(succeeded(terminate()));
  EXPECT_FALSE(mounted());
}

TEST_F(CgroupfsTest, EndsWhenUnmountedFromOutside) {
  serve({});
  ASSERT_EQ(::umount2(mount_.c_str(), 0), 0);
  EXPECT_TRUE(succeeded(end()));
}

TEST_F(CgroupfsTest, SaysWhyItCannotMount) {
  const auto output =
      run_command({.argv = {kProgram, mount_ + "/absent"}}, Deadline::after(kPatience));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 65");
  EXPECT_NE(output->err.find("/absent: ENOENT"), std::string::npos) << output->err;
  EXPECT_NE(output->err.find("--make-dir"), std::string::npos) << output->err;
}

TEST_F(CgroupfsTest, WithoutTheRightToMountTheCodeIs77) {
  REQUIRE_HOST(host::lacks_program("setpriv", "util-linux"));
  const auto output = run_command(
      {.argv = {"setpriv", "--bounding-set", "-sys_admin", kProgram, "--make-dir", mount_}},
      Deadline::after(kPatience));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 77") << output->err;
  EXPECT_NE(output->err.find("EPERM"), std::string::npos) << output->err;
}

}  // namespace
}  // namespace testbed::cgroupfs
