#include "emulator/cgroupfs/usage.h"

#include <unistd.h>

#include "emulator/cgroupfs/v2_tree.h"

namespace testbed {
namespace {

class Usage : public V2Tree {
 protected:
  std::string used(std::string_view group) {
    const std::string text = read(std::string(group) + "/cpu.stat");
    return text.substr(0, text.find('\n'));
  }
  // That process has used so many microseconds by now, most of them as a user.
  void uses(pid_t pid, std::uint64_t microseconds) {
    processes_.cpu[pid] = {.user = (microseconds - 1) * 1000, .system = 1000};
  }
};

TEST_F(Usage, CountsWhatAProcessUsedWhileItWasInTheGroup) {
  uses(20, 500);
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(used("pod"), "usage_usec 0") << "what it used elsewhere";
  uses(20, 700);
  EXPECT_EQ(used("pod"), "usage_usec 200");
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(used("pod"), "usage_usec 200") << "it is there already";
  ASSERT_EQ(write("cgroup.procs", "20"), "OK");
  uses(20, 900);
  EXPECT_EQ(used("pod"), "usage_usec 200");
}

TEST_F(Usage, NeverDecreases) {
  ASSERT_EQ(mkdir("pod/child"), "OK");
  uses(20, 100);
  ASSERT_EQ(write("pod/child/cgroup.procs", "20"), "OK");
  uses(20, 400);
  EXPECT_EQ(used("pod"), "usage_usec 300") << "of a group below";
  processes_.alive = {1};
  EXPECT_EQ(used("pod"), "usage_usec 300") << "the process has ended";
  ASSERT_EQ(rmdir("pod/child"), "OK");
  EXPECT_EQ(used("pod"), "usage_usec 300") << "the group below is gone";
}

TEST_F(Usage, MemoryIsThatOfTheMembers) {
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("pod/memory.current"), "20000\n");
  processes_.alive = {1};
  EXPECT_EQ(read("pod/memory.current"), "0\n");
}

TEST(UsageV1, CanBeCountedAnew) {
  FakeProcesses processes;
  processes.cpu[20] = {};
  Hierarchy tree(processes);
  const NodeId root = tree.lookup(kTop, "cpuacct")->id;
  const NodeId pod = tree.make_group(root, "pod", 0755, {})->id;
  const auto file = [&](std::string_view name) { return tree.lookup(pod, name)->id; };
  ASSERT_EQ(tree.write(file("cgroup.procs"), "20", 1), 0);
  processes.cpu[20] = {.user = 50000000, .system = 20000000};
  EXPECT_EQ(*tree.read(file("cpuacct.usage")), "70000000\n");
  EXPECT_EQ(*tree.read(file("cpuacct.stat")), "user 5\nsystem 2\n");
  ASSERT_EQ(tree.write(file("cpuacct.usage"), "0", 1), 0);
  processes.cpu[20].system += 10000000;
  EXPECT_EQ(*tree.read(file("cpuacct.usage")), "10000000\n");
  EXPECT_EQ(*tree.read(file("cpuacct.usage_user")), "0\n");
  EXPECT_EQ(*tree.read(file("cpuacct.usage_sys")), "10000000\n");
}

TEST(HostProcesses, KnowsWhatThisProcessUses) {
  const HostProcesses processes;
  const auto own = processes.stat_of(::getpid());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->parent, ::getppid());
  EXPECT_GT(own->start, 0u);
  EXPECT_FALSE(own->zombie);
  EXPECT_GT(processes.memory_of(::getpid()).total(), 100000u);
  EXPECT_EQ(processes.owner_of(::getpid())->real, ::getuid());
  EXPECT_EQ(processes.id_for(::getpid(), 1), 1) << "the same namespace";
  EXPECT_FALSE(processes.stat_of(0));
  EXPECT_EQ(processes.memory_of(0).total(), 0u);
}

}  // namespace
}  // namespace testbed
