#include "emulator/cgroupfs/control_files.h"

#include <gtest/gtest.h>

#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/hierarchy.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

// What is expected here was measured on cgroup v1 of Linux 6.18.
class ControlFiles : public testing::Test {
 protected:
  void SetUp() override {
    for (const Controller& controller : layout_v1().controllers) {
      const auto root = tree_.lookup(kTop, controller.name);
      ASSERT_TRUE(root);
      ASSERT_TRUE(tree_.make_group(root->id, "group", 0755, {}));
    }
  }
  NodeId id(std::string_view path) {
    NodeId node = kTop;
    while (!path.empty()) {
      const auto slash = std::min(path.find('/'), path.size());
      const auto found = tree_.lookup(node, path.substr(0, slash));
      if (!found) return 0;
      node = found->id;
      path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return node;
  }
  // "OK" or the name of the errno.
  std::string write(std::string_view path, std::string_view text, pid_t caller = 1) {
    const int error = tree_.write(id(path), text, caller);
    return error == 0 ? "OK" : errno_name(error);
  }
  std::string read(std::string_view path) {
    const auto text = tree_.read(id(path));
    return text ? *text : errno_name(text.error());
  }
  // What a write makes of the file, or its errno.
  std::string after(std::string_view path, std::string_view text) {
    const std::string outcome = write(path, text);
    return outcome == "OK" ? read(path) : outcome;
  }

  FakeProcesses processes_;
  Hierarchy tree_{processes_};
};

TEST_F(ControlFiles, SharesAreClampedAndNumbersReadAsKstrtoullDoes) {
  const auto* const file = "cpu/group/cpu.shares";
  EXPECT_EQ(read(file), "1024\n");
  EXPECT_EQ(after(file, "512\n"), "512\n");
  EXPECT_EQ(after(file, "0"), "2\n");
  EXPECT_EQ(after(file, "300000"), "262144\n");
  EXPECT_EQ(after(file, "0x200"), "512\n");
  EXPECT_EQ(after(file, "010"), "8\n");
  EXPECT_EQ(after(file, "+5"), "5\n");
  for (const char* wrong : {"-1", "abc", " 512 \n", "1 2", "\n", "512\n\n", "0x"}) {
    EXPECT_EQ(after(file, wrong), "EINVAL") << wrong;
  }
  EXPECT_EQ(after(file, "18446744073709551616"), "ERANGE");
  EXPECT_EQ(read(file), "5\n");
}

TEST_F(ControlFiles, OfTheRootKeepTheirSharesAndQuota) {
  EXPECT_EQ(write("cpu/cpu.shares", "512"), "EINVAL");
  EXPECT_EQ(write("cpu/cpu.cfs_quota_us", "50000"), "EINVAL");
  EXPECT_EQ(write("memory/memory.limit_in_bytes", "1g"), "EINVAL");
  EXPECT_EQ(write("cpuset/cpuset.cpus", "0"), "EACCES");
}

TEST_F(ControlFiles, AQuotaFitsIntoThatOfTheGroupAbove) {
  ASSERT_TRUE(tree_.make_group(id("cpu/group"), "child", 0755, {}));
  EXPECT_EQ(after("cpu/group/cpu.cfs_quota_us", "50000"), "50000\n");
  EXPECT_EQ(after("cpu/group/child/cpu.cfs_quota_us", "60000"), "EINVAL");
  EXPECT_EQ(after("cpu/group/child/cpu.cfs_quota_us", "40000"), "40000\n");
  EXPECT_EQ(after("cpu/group/cpu.cfs_quota_us", "30000"), "EINVAL");
  EXPECT_EQ(after("cpu/group/cpu.cfs_quota_us", "999"), "EINVAL");
  EXPECT_EQ(after("cpu/group/cpu.cfs_quota_us", "-7"), "-1\n");
  EXPECT_EQ(after("cpu/group/cpu.cfs_period_us", "999"), "EINVAL");
  EXPECT_EQ(after("cpu/group/cpu.cfs_period_us", "1000"), "1000\n");
}

TEST_F(ControlFiles, AMemoryLimitIsRoundedDownToPages) {
  const auto* const file = "memory/group/memory.limit_in_bytes";
  EXPECT_EQ(read(file), "9223372036854771712\n");
  EXPECT_EQ(after(file, "5000"), "4096\n");
  EXPECT_EQ(after(file, " 8k \n"), "8192\n");
  EXPECT_EQ(after(file, "0x2000"), "8192\n");
  EXPECT_EQ(after(file, "-1"), "9223372036854771712\n");
  EXPECT_EQ(after(file, " \n"), "0\n");
  for (const char* wrong : {"max", "-2", "abc", "1kk"}) EXPECT_EQ(after(file, wrong), "EINVAL");
}

TEST_F(ControlFiles, AMemoryLimitStaysBelowThatWithSwap) {
  EXPECT_EQ(after("memory/group/memory.limit_in_bytes", "1g"), "1073741824\n");
  EXPECT_EQ(after("memory/group/memory.memsw.limit_in_bytes", "4096"), "EINVAL");
  EXPECT_EQ(after("memory/group/memory.memsw.limit_in_bytes", "2g"), "2147483648\n");
  EXPECT_EQ(after("memory/group/memory.limit_in_bytes", "3g"), "EINVAL");
  EXPECT_NE(read("memory/group/memory.stat").find("hierarchical_memory_limit 1073741824\n"),
            std::string::npos);
}

TEST_F(ControlFiles, PidsMaxIsANumberOrMax) {
  EXPECT_EQ(after("pids/group/pids.max", " 5 \n"), "5\n");
  EXPECT_EQ(after("pids/group/pids.max", "max"), "max\n");
  EXPECT_EQ(after("pids/group/pids.max", "4194305"), "EINVAL");
  EXPECT_EQ(after("pids/group/pids.max", "-1"), "EINVAL");
  EXPECT_EQ(id("pids/pids.max"), 0u) << "the root has none";
}

TEST_F(ControlFiles, AProcessIsInOneGroupOfAHierarchy) {
  EXPECT_EQ(read("cpu/cgroup.procs"), "1\n20\n30\n");
  EXPECT_EQ(after("cpu/group/cgroup.procs", "20"), "20\n");
  EXPECT_EQ(read("cpu/cgroup.procs"), "1\n30\n");
  EXPECT_EQ(read("memory/cgroup.procs"), "1\n20\n30\n");
  EXPECT_EQ(read("cpu/group/tasks"), "20\n1020\n");
  EXPECT_EQ(write("cpu/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("cpu/group/cgroup.procs"), "");
}

TEST_F(ControlFiles, ZeroIsTheWriter) {
  EXPECT_EQ(write("pids/group/cgroup.procs", "0", 30), "OK");
  EXPECT_EQ(read("pids/group/tasks"), "30\n1030\n");
  EXPECT_EQ(after("pids/group/cgroup.procs", "1020"), "20\n30\n") << "the process of a thread";
}

TEST_F(ControlFiles, AThreadCanBeElsewhereThanItsProcess) {
  EXPECT_EQ(after("pids/group/tasks", "1020"), "1020\n");
  EXPECT_EQ(read("pids/group/cgroup.procs"), "20\n");
  EXPECT_EQ(read("pids/group/pids.current"), "1\n");
  EXPECT_EQ(tree_.remove_group(id("pids"), "group"), EBUSY);
  EXPECT_EQ(read("pids/cgroup.procs"), "1\n20\n30\n");
  EXPECT_EQ(write("pids/cgroup.procs", "20"), "OK") << "all its threads";
  EXPECT_EQ(read("pids/group/tasks"), "");
  EXPECT_EQ(tree_.remove_group(id("pids"), "group"), 0);
}

TEST_F(ControlFiles, OnlyProcessesThatLiveCanBeMembers) {
  const auto* const file = "cpu/group/cgroup.procs";
  EXPECT_EQ(write(file, "999"), "ESRCH");
  for (const char* wrong : {"-1", "abc", "1 2", " "}) EXPECT_EQ(write(file, wrong), "EINVAL");
  EXPECT_EQ(write(file, "20"), "OK");
  processes_.alive = {1};
  EXPECT_EQ(read(file), "");
}

TEST_F(ControlFiles, ACpusetWithoutCpusTakesNoProcess) {
  EXPECT_EQ(write("cpuset/group/tasks", "1"), "ENOSPC");
  EXPECT_EQ(after("cpuset/group/cpuset.cpus", "0,0,"), "0\n");
  EXPECT_EQ(after("cpuset/group/cpuset.mems", "0"), "0\n");
  EXPECT_EQ(write("cpuset/group/tasks", "1"), "OK");
  EXPECT_EQ(write("cpuset/group/cpuset.cpus", ""), "OK") << "an empty write is none";
  EXPECT_EQ(write("cpuset/group/cpuset.cpus", "\n"), "ENOSPC");
}

TEST_F(ControlFiles, ACpusetNamesCpusThatExist) {
  EXPECT_EQ(write("cpuset/group/cpuset.cpus", "5000"), "ERANGE");
  for (const char* wrong : {"x", "1-0", "0-"}) {
    EXPECT_EQ(write("cpuset/group/cpuset.cpus", wrong), "EINVAL") << wrong;
  }
  EXPECT_EQ(write("cpuset/group/cpuset.mems", "1"), "EINVAL");
}

TEST_F(ControlFiles, DeviceRulesMergeAndVanish) {
  const auto* const list = "devices/group/devices.list";
  EXPECT_EQ(read(list), "a *:* rwm\n");
  EXPECT_EQ(write("devices/group/devices.deny", "c 1:3 w"), "OK");
  EXPECT_EQ(read(list), "a *:* rwm\n");
  EXPECT_EQ(write("devices/group/devices.deny", "a"), "OK");
  EXPECT_EQ(read(list), "");
  EXPECT_EQ(write("devices/group/devices.allow", "c 1:3 w"), "OK");
  EXPECT_EQ(write("devices/group/devices.allow", "c 1:3 r"), "OK");
  EXPECT_EQ(write("devices/group/devices.allow", "b *:* rwm\n"), "OK");
  EXPECT_EQ(read(list), "c 1:3 rw\nb *:* rwm\n");
  EXPECT_EQ(write("devices/group/devices.deny", "c 1:3 rw"), "OK");
  EXPECT_EQ(read(list), "b *:* rwm\n");
  for (const char* wrong : {"c 1:3", "c 1:3 x", "z", "c 1 r"}) {
    EXPECT_EQ(write("devices/group/devices.allow", wrong), "EINVAL") << wrong;
  }
}

TEST_F(ControlFiles, AGroupIsAllowedNoMoreDevicesThanTheOneAbove) {
  EXPECT_EQ(write("devices/group/devices.deny", "a"), "OK");
  EXPECT_EQ(write("devices/group/devices.allow", "c 1:* rw"), "OK");
  EXPECT_EQ(write("devices/group/devices.allow", "c 5:1 rw"), "OK");
  ASSERT_TRUE(tree_.make_group(id("devices/group"), "child", 0755, {}));
  EXPECT_EQ(write("devices/group/child/devices.allow", "b 8:0 r"), "EPERM");
  EXPECT_EQ(write("devices/group/child/devices.allow", "c 5:1 r"), "OK");
  EXPECT_EQ(write("devices/group/child/devices.allow", "a"), "EPERM");
}

TEST_F(ControlFiles, AFrozenGroupFreezesThoseBelow) {
  ASSERT_TRUE(tree_.make_group(id("freezer/group"), "child", 0755, {}));
  EXPECT_EQ(after("freezer/group/freezer.state", "FROZEN\n"), "FROZEN\n");
  EXPECT_EQ(read("freezer/group/child/freezer.state"), "FROZEN\n");
  EXPECT_EQ(read("freezer/group/child/freezer.parent_freezing"), "1\n");
  EXPECT_EQ(read("freezer/group/child/freezer.self_freezing"), "0\n");
  EXPECT_EQ(after("freezer/group/freezer.state", " THAWED"), "THAWED\n");
  for (const char* wrong : {"FREEZING", "frozen"}) {
    EXPECT_EQ(write("freezer/group/freezer.state", wrong), "EINVAL");
  }
}

TEST_F(ControlFiles, ABlkioWeightHasARange) {
  EXPECT_EQ(after("blkio/group/blkio.bfq.weight", "500"), "500\n");
  EXPECT_EQ(write("blkio/group/blkio.bfq.weight", "0"), "ERANGE");
  EXPECT_EQ(write("blkio/group/blkio.bfq.weight", "x"), "EINVAL");
  EXPECT_EQ(write("blkio/group/blkio.throttle.read_bps_device", "250:250 1"), "ENODEV");
  EXPECT_EQ(write("blkio/group/blkio.throttle.read_bps_device", "x"), "EINVAL");
}

TEST_F(ControlFiles, HugePagesAreLimitedInTheirOwnSize) {
  EXPECT_EQ(read("hugetlb/group/hugetlb.2MB.limit_in_bytes"), "9223372036854771712\n");
  EXPECT_EQ(after("hugetlb/group/hugetlb.2MB.limit_in_bytes", "3M"), "2097152\n");
  EXPECT_EQ(after("hugetlb/group/hugetlb.2MB.limit_in_bytes", "-1"), "9223372036852678656\n");
  EXPECT_EQ(after("hugetlb/group/hugetlb.1GB.limit_in_bytes", "-1"), "9223372035781033984\n");
  EXPECT_EQ(write("hugetlb/group/hugetlb.1GB.limit_in_bytes", "max"), "EINVAL");
  EXPECT_EQ(write("hugetlb/hugetlb.1GB.limit_in_bytes", "1g"), "EINVAL") << "of the root";
}

TEST_F(ControlFiles, AClassIsHandedDownAtBirth) {
  EXPECT_EQ(after("net_cls/group/net_cls.classid", "0x100001"), "1048577\n");
  ASSERT_TRUE(tree_.make_group(id("net_cls/group"), "child", 0755, {}));
  EXPECT_EQ(read("net_cls/group/child/net_cls.classid"), "1048577\n");
  EXPECT_EQ(write("net_cls/group/net_cls.classid", "x"), "EINVAL");
}

TEST_F(ControlFiles, APriorityNamesAnInterface) {
  EXPECT_EQ(write("net_prio/group/net_prio.ifpriomap", "lo"), "EINVAL");
  EXPECT_EQ(write("net_prio/group/net_prio.ifpriomap", "no-such-one 5"), "ENODEV");
  EXPECT_NE(read("net_prio/group/net_prio.prioidx"), read("net_prio/net_prio.prioidx"));
}

TEST_F(ControlFiles, RdmaAndMiscHaveNothingToLimit) {
  EXPECT_EQ(read("rdma/group/rdma.max"), "");
  EXPECT_EQ(write("rdma/group/rdma.max", "mlx4_0 hca_handle=2"), "ENODEV");
  EXPECT_EQ(read("misc/misc.capacity"), "");
  EXPECT_EQ(write("misc/group/misc.max", "res_a 1"), "EINVAL");
}

TEST_F(ControlFiles, WithoutAReaderOrWriterAreInvalid) {
  EXPECT_EQ(read("devices/group/devices.allow"), "EINVAL");
  EXPECT_EQ(read("memory/group/memory.pressure_level"), "EINVAL");
  EXPECT_EQ(write("cpu/group/cpu.stat", "1"), "EINVAL");
  EXPECT_EQ(write("cpu/group/cpu.shares", std::string(4097, '5')), "E2BIG");
}

TEST_F(ControlFiles, AllHaveUniqueNamesAndReadAsLines) {
  for (const Controller& controller : layout_v1().controllers) {
    const std::string group = std::string(controller.name) + "/group";
    const auto entries = tree_.list(id(group));
    ASSERT_TRUE(entries);
    std::set<std::string> names;
    for (const Entry& entry : *entries) {
      EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
      const auto text = tree_.read(entry.id);
      if (!text) continue;
      EXPECT_TRUE(text->empty() || text->back() == '\n') << entry.name;
      EXPECT_LT(text->size(), 4096u) << entry.name << " outgrows the claimed size";
    }
  }
}

}  // namespace
}  // namespace testbed
