#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/sysmacros.h>

#include <set>

#include "emulator/cgroupfs/cgroupfs_fixture.h"

namespace testbed {
namespace {

TEST_F(CgroupfsTest, ListsControllersAndTheirFiles) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  EXPECT_EQ(list_directory(tree_),
            (std::vector<std::string>{"blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer",
                                      "hugetlb", "memory", "misc", "net_cls", "net_prio",
                                      "perf_event", "pids", "rdma", "systemd"}));
  EXPECT_EQ(list_directory(tree_ / "cpu").size(), 15u);
  EXPECT_EQ(count("READDIR", ""), 4) << "two of each listing: the second finds the end";
}

TEST_F(CgroupfsTest, AGroupIsMadeFilledAndRemoved) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  EXPECT_EQ(mkdir("cpu/pod"), "OK");
  EXPECT_EQ(mkdir("cpu/pod"), "EEXIST");
  EXPECT_EQ(read("cpu/pod/cpu.shares"), "1024\n");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "512"), "OK");
  EXPECT_EQ(read("cpu/pod/cpu.shares"), "512\n");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "600", O_TRUNC), "OK");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "700", O_APPEND), "OK");
  EXPECT_EQ(read("cpu/pod/cpu.shares"), "700\n");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "many"), "EINVAL");
  EXPECT_EQ(write("cpu/pod/cpu.shares", std::string(5000, '5')), "E2BIG");
  EXPECT_EQ(rmdir("cpu/pod"), "OK");
  EXPECT_EQ(rmdir("cpu/pod"), "ENOENT");
  EXPECT_EQ(read("cpu/pod/cpu.shares"), "ENOENT");
}

TEST_F(CgroupfsTest, AGroupWithAMemberIsBusy) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  ASSERT_EQ(mkdir("pids/pod"), "OK");
  EXPECT_EQ(write("pids/pod/cgroup.procs", "0"), "OK");
  EXPECT_EQ(read("pids/pod/cgroup.procs"), std::to_string(::getpid()) + "\n");
  EXPECT_EQ(rmdir("pids/pod"), "EBUSY");
  EXPECT_EQ(write("pids/cgroup.procs", std::to_string(::getpid())), "OK");
  EXPECT_EQ(rmdir("pids/pod"), "OK");
}

TEST_F(CgroupfsTest, FilesCannotBeMadeRemovedOrLinked) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  const fs::path shares = tree_ / "cpu/cpu.shares", fresh = tree_ / "cpu/new";
  EXPECT_EQ(write("cpu/new", "x", O_CREAT), "EACCES");
  EXPECT_EQ(outcome(::unlink(shares.c_str())), "EPERM");
  EXPECT_EQ(outcome(::link(shares.c_str(), fresh.c_str())), "EPERM");
  EXPECT_EQ(outcome(::symlink("x", fresh.c_str())), "EPERM");
  EXPECT_EQ(outcome(::mknod(fresh.c_str(), S_IFREG | 0600, 0)), "EACCES");
  EXPECT_EQ(outcome(::rename(shares.c_str(), fresh.c_str())), "ENOTDIR");
  EXPECT_EQ(mkdir("cpu/a\nb"), "EINVAL");
}

TEST_F(CgroupfsTest, ManyGroupsAreListedWholeInSmallParts) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  for (int i = 0; i < 400; ++i)
    ASSERT_EQ(mkdir("cpu/a-rather-long-name-" + std::to_string(i)), "OK");
  EXPECT_EQ(list_directory(tree_ / "cpu").size(), 415u);
}

TEST_F(CgroupfsTest, LinuxNeedsFourHandlersOnly) {
  ASSERT_NO_FATAL_FAILURE(start({"--only", "getattr,readdir,open,read"}));
  EXPECT_EQ(list_directory(tree_).size(), 15u);
  EXPECT_EQ(read("cpu/cpu.shares"), "1024\n");
  EXPECT_EQ(outcome(::access((tree_ / "cpu").c_str(), R_OK)), "OK");
  EXPECT_EQ(mkdir("cpu/pod"), "ENOSYS");
  EXPECT_EQ(count("ACCESS", "ENOSYS"), 1) << "asked once, then never again";
  EXPECT_EQ(count("FLUSH", "ENOSYS"), 1);
}

TEST_F(CgroupfsTest, AnsweredAccessIsAskedEachTime) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome(::access((tree_ / "cpu").c_str(), R_OK)), "OK");
  EXPECT_GE(count("ACCESS", ""), 3);
  EXPECT_EQ(count("INIT", ""), 1);
}

TEST_F(CgroupfsTest, WithDefaultPermissionsNobodyAsksForAccess) {
  ASSERT_NO_FATAL_FAILURE(start({"--default-permissions", "--allow-other"}));
  EXPECT_EQ(outcome(::access((tree_ / "cpu").c_str(), R_OK)), "OK");
  EXPECT_EQ(count("ACCESS", ""), 0);
}

TEST_F(CgroupfsTest, AFaultHitsTheRequestItNames) {
  ASSERT_NO_FATAL_FAILURE(start({"--fail", "write=EBUSY@2", "--fail", "statfs=EIO"}));
  ASSERT_EQ(mkdir("cpu/pod"), "OK");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "5"), "OK");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "6"), "EBUSY");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "7"), "OK");
  EXPECT_EQ(count("WRITE", "EBUSY"), 1);
}

TEST_F(CgroupfsTest, ADeadServerLeavesAMountThatIsNotConnected) {
  ASSERT_NO_FATAL_FAILURE(start({"--die-after", "2"}));
  for (int i = 0; i < 3; ++i) read("cpu/cpu.shares");
  EXPECT_EQ(describe(server_->wait(Deadline::after(milliseconds(5000)))), "exit code 70");
  EXPECT_EQ(read("cpu/cpu.shares"), "ENOTCONN");
  EXPECT_EQ(mounts_below(tree_).size(), 1u);
}

TEST_F(CgroupfsTest, SigtermUnmounts) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  const UniqueFd busy(::open((tree_ / "cpu/cpu.shares").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(mounts_below(tree_).size(), 1u);
  EXPECT_EQ(stop(), "exit code 0");
  EXPECT_TRUE(mounts_below(tree_).empty());
}

TEST_F(CgroupfsTest, EndsWhenSomebodyElseUnmounts) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  ASSERT_EQ(outcome(::umount2(tree_.c_str(), 0)), "OK");
  EXPECT_EQ(describe(server_->wait(Deadline::after(milliseconds(5000)))), "exit code 0");
}

TEST_F(CgroupfsTest, ServesManyAtOnce) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([&, client] {
        const std::string name = "cpu/pod" + std::to_string(client);
        for (int i = 2; i < 52; ++i) {
          wrong += mkdir(name) != "OK";
          wrong += write(name + "/cpu.shares", std::to_string(i)) != "OK";
          wrong += read(name + "/cpu.shares") != std::to_string(i) + "\n";
          wrong += rmdir(name) != "OK";
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(CgroupfsTest, InLayoutV2TheMountPointIsTheRootGroup) {
  ASSERT_NO_FATAL_FAILURE(start({"--layout", "v2"}));
  EXPECT_EQ(list_directory(tree_).size(), 23u);
  EXPECT_EQ(read("cgroup.controllers"), "cpuset cpu io memory hugetlb pids rdma misc\n");
  EXPECT_EQ(mkdir("pod"), "OK");
  EXPECT_EQ(read("pod/cpu.max"), "ENOENT");
  EXPECT_EQ(write("cgroup.subtree_control", "+cpu +memory\n"), "OK");
  EXPECT_EQ(write("pod/cpu.max", "50000 100000"), "OK");
  EXPECT_EQ(read("pod/cpu.max"), "50000 100000\n");
  EXPECT_EQ(write("pod/cpu.weight", "0"), "ERANGE");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+io"), "ENOENT");
  const fs::path other = tree_ / "other";
  EXPECT_EQ(outcome(::rename((tree_ / "pod").c_str(), other.c_str())), "EPERM");
  EXPECT_EQ(rmdir("pod"), "OK");
}

TEST_F(CgroupfsTest, InLayoutV2AGroupHasProcessesOrHandsOnControllers) {
  ASSERT_NO_FATAL_FAILURE(start({"--layout", "v2"}));
  ASSERT_EQ(write("cgroup.subtree_control", "+memory"), "OK");
  ASSERT_EQ(mkdir("pod"), "OK");
  EXPECT_EQ(write("pod/cgroup.procs", "0"), "OK");
  EXPECT_EQ(read("pod/cgroup.events"), "populated 1\nfrozen 0\n");
  EXPECT_GT(std::stoll(read("pod/memory.current")), 100000);
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+memory"), "EBUSY");
  EXPECT_EQ(rmdir("pod"), "EBUSY");
  EXPECT_EQ(write("cgroup.procs", "0"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "+memory"), "OK");
  EXPECT_EQ(write("pod/cgroup.procs", "0"), "EBUSY");
  ASSERT_EQ(mkdir("pod/child"), "OK");
  EXPECT_EQ(write("pod/child/cgroup.subtree_control", "+memory"), "OK");
  EXPECT_EQ(write("pod/cgroup.subtree_control", "-memory"), "EBUSY");
  EXPECT_EQ(write("pod/cgroup.max.descendants", "1"), "OK");
  EXPECT_EQ(mkdir("pod/second"), "EAGAIN");
}

TEST_F(CgroupfsTest, InLayoutV2AKillEndsTheMembers) {
  ASSERT_NO_FATAL_FAILURE(start({"--layout", "v2"}));
  ASSERT_EQ(mkdir("pod"), "OK");
  auto sleeper = Subprocess::start({.argv = {"/bin/sleep", "60"}});
  ASSERT_TRUE(is_ok(sleeper));
  ASSERT_EQ(write("pod/cgroup.procs", std::to_string(sleeper->pid())), "OK");
  EXPECT_EQ(write("pod/cgroup.kill", "1"), "OK");
  EXPECT_EQ(describe(sleeper->wait(Deadline::after(milliseconds(5000)))), "SIGKILL");
  EXPECT_EQ(rmdir("pod"), "OK");
}

// The device number and the magic of a file system, as libcontainer compares them.
dev_t device_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_dev : 0;
}

TEST_F(CgroupfsTest, EachHierarchyIsAMountOfItsOwn) {
  ASSERT_NO_FATAL_FAILURE(start_plain({"--comount", "cpu,cpuacct"}));
  EXPECT_EQ(mounts_below(tree_).size(), 15u) << "14 hierarchies and the tmpfs";
  std::set<dev_t> devices{device_of(tree_)};
  for (const char* name : {"cpu,cpuacct", "memory", "systemd", "pids"}) {
    EXPECT_TRUE(devices.insert(device_of(tree_ / name)).second) << name;
  }
  EXPECT_EQ(device_of(tree_ / "cpu"), device_of(tree_ / "cpuacct"));
  EXPECT_EQ(fs::read_symlink(tree_ / "cpu"), "cpu,cpuacct");
  EXPECT_EQ(mkdir("cpu/pod"), "OK");
  EXPECT_EQ(read("cpuacct/pod/cpu.shares"), "1024\n");
  EXPECT_EQ(read("cpu,cpuacct/pod/cpuacct.stat"), "user 0\nsystem 0\n");
  EXPECT_EQ(read("memory/pod/tasks"), "ENOENT");
  EXPECT_EQ(mkdir("pids/pod"), "OK");
  EXPECT_EQ(rmdir("cpu/pod"), "OK");
  EXPECT_EQ(stop(), "exit code 0");
  EXPECT_TRUE(mounts_below(tree_).empty());
  EXPECT_TRUE(list_directory(tree_).empty());
}

TEST_F(CgroupfsTest, HybridIsV1AndATreeOfV2WithoutControllers) {
  ASSERT_NO_FATAL_FAILURE(start_plain({"--layout", "hybrid", "--controllers", "cpu,memory"}));
  EXPECT_EQ(list_directory(tree_), (std::vector<std::string>{"cpu", "memory", "unified"}));
  EXPECT_EQ(read("unified/cgroup.controllers"), "");
  EXPECT_EQ(mkdir("unified/pod"), "OK");
  EXPECT_EQ(read("unified/pod/cgroup.events"), "populated 0\nfrozen 0\n");
  EXPECT_EQ(mkdir("cpu/pod"), "OK");
  EXPECT_EQ(read("cpu/pod/notify_on_release"), "0\n");
}

TEST_F(CgroupfsTest, ExtraFilesTellWhatProcWould) {
  const fs::path extra = dir_.path() / "extra";
  ASSERT_NO_FATAL_FAILURE(start_plain(
      {"--controllers", "cpu,memory", "--extra", extra.string(), "--shown-at", "/sys/fs/cgroup"}));
  ASSERT_EQ(mkdir("memory/pod"), "OK");
  ASSERT_EQ(write("memory/pod/cgroup.procs", "0"), "OK");
  const std::string own = std::to_string(::getpid());
  const std::string expected = "2:memory:/pod\n1:cpu:/\n";
  EXPECT_EQ(read_part(extra / "proc" / own / "cgroup", 0, 4096), expected);
  EXPECT_EQ(read_part(extra / "proc/self/cgroup", 0, 4096), expected);
  EXPECT_EQ(read_part(extra / "proc/1/cgroup", 0, 4096), "2:memory:/\n1:cpu:/\n");
  EXPECT_FALSE(fs::exists(extra / "proc/999999999"));
  const std::string device = "0:" + std::to_string(minor(device_of(tree_ / "memory")));
  const std::string lines = read_part(extra / "mountinfo", 0, 4096);
  EXPECT_NE(lines.find(" " + device + " / /sys/fs/cgroup/memory rw,"), std::string::npos) << lines;
  EXPECT_NE(lines.find(" - cgroup cgroup rw,memory\n"), std::string::npos) << lines;
  EXPECT_EQ(stop(), "exit code 0");
  EXPECT_TRUE(mounts_below(dir_.path()).empty());
}

TEST_F(CgroupfsTest, ASecondServerOnTheSamePlaceIsRefused) {
  for (const std::string mounts : {"separate", "single"}) {
    ASSERT_NO_FATAL_FAILURE(start_plain({"--mounts", mounts, "--controllers", "cpu,memory"}));
    const auto second = run_command({.argv = {kProgram, tree_, "--controllers", "cpu,memory"}},
                                    Deadline::after(milliseconds(5000)));
    ASSERT_TRUE(is_ok(second));
    EXPECT_EQ(describe(second->status), "exit code 69");
    EXPECT_NE(second->err.find("is served by another FUSE server"), std::string::npos);
    EXPECT_EQ(read("cpu/cpu.shares"), "1024\n") << "the first one goes on";
    EXPECT_EQ(stop(), "exit code 0");
  }
}

TEST_F(CgroupfsTest, AServerThatWasKilledIsReplaced) {
  for (const std::string mounts : {"separate", "single"}) {
    const std::vector<std::string> options{"--mounts", mounts, "--controllers", "cpu,memory"};
    ASSERT_NO_FATAL_FAILURE(start_plain(options));
    ASSERT_EQ(mkdir("cpu/pod"), "OK");
    server_->signal_group(SIGKILL);
    EXPECT_EQ(describe(server_->wait(Deadline::after(milliseconds(5000)))), "SIGKILL");
    EXPECT_EQ(read("cpu/cpu.shares"), "ENOTCONN");
    ASSERT_NO_FATAL_FAILURE(start_plain(options));
    EXPECT_EQ(read("cpu/cpu.shares"), "1024\n");
    EXPECT_EQ(read("cpu/pod/cpu.shares"), "ENOENT") << "it starts empty";
    EXPECT_EQ(stop(), "exit code 0");
    EXPECT_TRUE(mounts_below(tree_).empty());
  }
}

TEST_F(CgroupfsTest, OneMountReplacesManyOfAKilledServer) {
  ASSERT_NO_FATAL_FAILURE(start_plain({"--controllers", "cpu,memory"}));
  server_->signal_group(SIGKILL);
  EXPECT_EQ(describe(server_->wait(Deadline::after(milliseconds(5000)))), "SIGKILL");
  ASSERT_NO_FATAL_FAILURE(start_plain({"--mounts", "single"}));
  EXPECT_EQ(mounts_below(tree_).size(), 1u);
  EXPECT_EQ(read("pids/tasks").empty(), false);
}

TEST_F(CgroupfsTest, AChildIsBornIntoTheGroupAndItsTimeStays) {
  ASSERT_NO_FATAL_FAILURE(start_plain({"--controllers", "cpuacct,memory"}));
  ASSERT_EQ(mkdir("cpuacct/pod"), "OK");
  ASSERT_EQ(mkdir("memory/pod"), "OK");
  // The shell enters, then burns time in children that nobody sees.
  const std::string script = "echo $$ > " + (tree_ / "cpuacct/pod/cgroup.procs").string() +
                             "; i=0; while [ $i -lt 10 ]; do sh -c 'j=0; while [ $j -lt 20000 ]; "
                             "do j=$((j+1)); done'; i=$((i+1)); done; cat " +
                             (tree_ / "cpuacct/pod/cgroup.procs").string() + " " +
                             (tree_ / "cpuacct/pod/cpuacct.usage").string();
  const auto output =
      run_command({.argv = {"/bin/sh", "-c", script}}, Deadline::after(milliseconds(60000)));
  ASSERT_TRUE(is_ok(output));
  std::istringstream numbers(output->out);
  pid_t shell = 0, cat = 0;
  std::uint64_t usage = 0;
  ASSERT_TRUE(numbers >> shell >> cat >> usage) << output->out << output->err;
  EXPECT_GE(usage, 50000000u) << "most of it was used by children";
  EXPECT_GE(std::stoull(read("cpuacct/pod/cpuacct.usage")), usage) << "after their end";
  EXPECT_EQ(read("cpuacct/pod/cgroup.procs"), "");
  EXPECT_EQ(rmdir("cpuacct/pod"), "OK");
}

TEST_F(CgroupfsTest, AFrozenGroupStandsStill) {
  ASSERT_NO_FATAL_FAILURE(start({"--layout", "v2"}));
  ASSERT_EQ(mkdir("pod"), "OK");
  auto sleeper = Subprocess::start({.argv = {"/bin/sleep", "60"}});
  ASSERT_TRUE(is_ok(sleeper));
  ASSERT_EQ(write("pod/cgroup.procs", std::to_string(sleeper->pid())), "OK");
  const auto state = [&] {
    const std::string stat =
        read_part("/proc/" + std::to_string(sleeper->pid()) + "/stat", 0, 4096);
    return stat.at(stat.rfind(')') + 2);
  };
  const auto becomes = [&](char wanted) {
    const Deadline deadline = Deadline::after(milliseconds(5000));
    while (state() != wanted && !deadline.expired()) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return state() == wanted;
  };
  EXPECT_EQ(write("pod/cgroup.freeze", "1"), "OK");
  EXPECT_TRUE(becomes('T'));
  EXPECT_EQ(write("pod/cgroup.freeze", "0"), "OK");
  EXPECT_TRUE(becomes('S'));
}

TEST_F(CgroupfsTest, TheEndOfTheLastMemberIsAnEvent) {
  ASSERT_NO_FATAL_FAILURE(start({"--layout", "v2"}));
  ASSERT_EQ(mkdir("pod"), "OK");
  auto sleeper = Subprocess::start({.argv = {"/bin/sleep", "60"}});
  ASSERT_TRUE(is_ok(sleeper));
  ASSERT_EQ(write("pod/cgroup.procs", std::to_string(sleeper->pid())), "OK");
  const UniqueFd events(::open((tree_ / "pod/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(events.valid());
  const UniqueFd watcher(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  ASSERT_GE(::inotify_add_watch(watcher.get(), (tree_ / "pod/cgroup.events").c_str(), IN_MODIFY),
            0);
  pollfd poller{.fd = events.get(), .events = POLLPRI, .revents = 0};
  EXPECT_EQ(::poll(&poller, 1, 0), 1) << "nothing has been read yet";
  char text[100];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(events.get(), text, sizeof text))),
            "populated 1\nfrozen 0\n");
  EXPECT_EQ(::poll(&poller, 1, 0), 0);
  ASSERT_EQ(::kill(sleeper->pid(), SIGKILL), 0);
  EXPECT_EQ(::poll(&poller, 1, 5000), 1);
  EXPECT_EQ(poller.revents, POLLPRI | POLLERR);
  EXPECT_EQ(
      std::string(text, static_cast<std::size_t>(::pread(events.get(), text, sizeof text, 0))),
      "populated 0\nfrozen 0\n");
  pollfd told{.fd = watcher.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&told, 1, 5000), 1);
}

TEST(Cgroupfs, WrongOptionsEndItWithAllReasons) {
  const auto output = run_command({.argv = {kProgram, "--threads", "none", "--nope"}},
                                  Deadline::after(milliseconds(5000)));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 65");
  EXPECT_NE(output->err.find("--nope"), std::string::npos);
  EXPECT_NE(output->err.find("MOUNTPOINT"), std::string::npos);
}

TEST_F(CgroupfsTest, AnAbsentMountPointIsReported) {
  const auto output = run_command({.argv = {kProgram, tree_}}, Deadline::after(milliseconds(5000)));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 65");
  EXPECT_EQ(output->err, "cgroupfs: cannot mount on " + tree_.string() +
                             ": ENOENT (No such file or directory); make it first or give "
                             "--make-dir\n");
}

}  // namespace
}  // namespace testbed
