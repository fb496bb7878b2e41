#include "emulator/cgroupfs/v2_tree.h"

namespace testbed {
namespace {

class V2Files : public V2Tree {};

TEST_F(V2Files, AWeightHasARange) {
  const auto* const file = "pod/cpu.weight";
  EXPECT_EQ(read(file), "100\n");
  for (const char* weight : {"1", "99", "250", "10000"}) {
    EXPECT_EQ(after(file, weight), std::string(weight) + "\n");
  }
  EXPECT_EQ(write(file, "0"), "ERANGE");
  EXPECT_EQ(write(file, "10001"), "ERANGE");
  EXPECT_EQ(write(file, "x"), "EINVAL");
}

TEST_F(V2Files, ANiceValueIsAWeight) {
  const auto* const file = "pod/cpu.weight.nice";
  EXPECT_EQ(read(file), "0\n");
  for (const char* nice : {"-20", "-1", "1", "17", "19"}) {
    EXPECT_EQ(after(file, nice), std::string(nice) + "\n");
  }
  EXPECT_EQ(read("pod/cpu.weight"), "1\n");
  EXPECT_EQ(write(file, "20"), "ERANGE");
  EXPECT_EQ(write(file, "-21"), "ERANGE");
  ASSERT_EQ(write("pod/cpu.weight", "100"), "OK");
  EXPECT_EQ(read(file), "0\n");
}

TEST_F(V2Files, AnIdleGroupHasTheLeastWeight) {
  EXPECT_EQ(after("pod/cpu.idle", "1"), "1\n");
  EXPECT_EQ(read("pod/cpu.weight"), "1\n");
  EXPECT_EQ(write("pod/cpu.weight", "50"), "EINVAL");
  EXPECT_EQ(write("pod/cpu.idle", "2"), "EINVAL");
  EXPECT_EQ(write("pod/cpu.idle", "0"), "OK");
  EXPECT_EQ(read("pod/cpu.weight"), "100\n");
}

TEST_F(V2Files, ABandwidthIsAQuotaAndAPeriod) {
  const auto* const file = "pod/cpu.max";
  EXPECT_EQ(read(file), "max 100000\n");
  EXPECT_EQ(after(file, "50000 200000\n"), "50000 200000\n");
  EXPECT_EQ(after(file, "1000"), "1000 200000\n") << "the period stays";
  EXPECT_EQ(after(file, "max"), "max 200000\n");
  EXPECT_EQ(after(file, "max 100000"), "max 100000\n");
  for (const char* wrong : {"999", "-1", "x", " ", "1000 999", "1000 1000001", "Max"}) {
    EXPECT_EQ(write(file, wrong), "EINVAL") << wrong;
  }
}

TEST_F(V2Files, ABurstStaysBelowTheQuota) {
  ASSERT_EQ(write("pod/cpu.max", "5000"), "OK");
  EXPECT_EQ(after("pod/cpu.max.burst", "5000"), "5000\n");
  EXPECT_EQ(write("pod/cpu.max.burst", "5001"), "EINVAL");
  EXPECT_EQ(write("pod/cpu.max", "4000"), "EINVAL");
}

TEST_F(V2Files, MemoryLimitsAreBytesInPagesOrMax) {
  EXPECT_EQ(read("pod/memory.min") + read("pod/memory.low"), "0\n0\n");
  for (const char* name : {"min", "low", "high", "max", "swap.max", "swap.high"}) {
    const std::string file = std::string("pod/memory.") + name;
    EXPECT_EQ(after(file, "5000"), "4096\n");
    EXPECT_EQ(after(file, "1g\n"), "1073741824\n");
    EXPECT_EQ(after(file, "max"), "max\n");
    for (const char* wrong : {"-1", "x", "1kk"}) EXPECT_EQ(write(file, wrong), "EINVAL") << wrong;
  }
}

TEST_F(V2Files, OomGroupIsASwitch) {
  EXPECT_EQ(after("pod/memory.oom.group", "1\n"), "1\n");
  EXPECT_EQ(write("pod/memory.oom.group", "2"), "EINVAL");
  EXPECT_EQ(write("pod/memory.oom.group", "x"), "EINVAL");
}

TEST_F(V2Files, MemoryEventsAndStatisticsHaveTheirKeys) {
  EXPECT_EQ(read("pod/memory.events"),
            "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
  EXPECT_EQ(read("pod/memory.stat").find("anon 0\nfile 0\nkernel 0\n"), 0u);
  EXPECT_EQ(read("pod/memory.swap.events"), "high 0\nmax 0\nfail 0\n");
}

TEST_F(V2Files, PidsAreThreads) {
  EXPECT_EQ(read("pod/pids.current"), "0\n");
  ASSERT_EQ(write("pod/cgroup.procs", "20"), "OK");
  EXPECT_EQ(read("pod/pids.current"), "2\n");
  EXPECT_EQ(after("pod/pids.max", "1"), "1\n") << "below what there is";
  EXPECT_EQ(write("pod/pids.max", "-1"), "EINVAL");
  EXPECT_EQ(read("pod/pids.events"), "max 0\n");
}

TEST_F(V2Files, AGroupWithoutCpusHasThoseOfTheOneAbove) {
  EXPECT_EQ(read("pod/cpuset.cpus"), "\n");
  EXPECT_EQ(read("pod/cpuset.cpus.effective"), read("cpuset.cpus.effective"));
  EXPECT_EQ(read("pod/cpuset.mems.effective"), "0\n");
  EXPECT_EQ(after("pod/cpuset.cpus", "0"), "0\n");
  EXPECT_EQ(read("pod/cpuset.cpus.effective"), "0\n");
  EXPECT_EQ(write("pod/cpuset.cpus", "4000"), "ERANGE");
  EXPECT_EQ(write("pod/cpuset.cpus", "x"), "EINVAL");
  EXPECT_EQ(write("pod/cpuset.mems", "1"), "EINVAL");
  EXPECT_EQ(after("pod/cpuset.cpus", "\n"), "\n");
  EXPECT_EQ(write("pod/cgroup.procs", "20"), "OK") << "unlike v1";
}

TEST_F(V2Files, IoLimitsNameADeviceAndKeys) {
  EXPECT_EQ(read("pod/io.max"), "");
  EXPECT_EQ(write("pod/io.max", "250:250 rbps=1"), "ENODEV");
  EXPECT_EQ(write("pod/io.max", "x rbps=1"), "EINVAL");
  EXPECT_EQ(write("pod/io.max", "../../x:1 rbps=1"), "EINVAL");
}

TEST_F(V2Files, AnIoWeightHasARangeAndADefault) {
  const auto* const file = "pod/io.weight";
  EXPECT_EQ(read(file), "default 100\n");
  EXPECT_EQ(after(file, "50"), "default 50\n");
  EXPECT_EQ(after(file, "default 200\n"), "default 200\n");
  for (const char* wrong : {"0", "10001", "x", "default", " "}) {
    EXPECT_EQ(write(file, wrong), "EINVAL") << wrong;
  }
  EXPECT_EQ(write(file, "250:250 100"), "ENODEV");
}

TEST_F(V2Files, HugePagesAreLimitedInTheirOwnSize) {
  EXPECT_EQ(after("pod/hugetlb.2MB.max", "3M"), "2097152\n");
  EXPECT_EQ(after("pod/hugetlb.1GB.max", "3M"), "0\n");
  EXPECT_EQ(after("pod/hugetlb.2MB.max", "max"), "max\n");
  EXPECT_EQ(write("pod/hugetlb.2MB.max", "x"), "EINVAL");
}

TEST_F(V2Files, AllHaveUniqueNamesAndReadAsLines) {
  for (const char* group : {"", "pod"}) {
    const auto entries = tree_.list(id(group));
    ASSERT_TRUE(entries);
    std::set<std::string> names;
    for (const Entry& entry : *entries) {
      EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
      if (entry.directory) continue;
      const auto text = tree_.read(entry.id);
      if (!text) continue;
      EXPECT_TRUE(text->empty() || text->back() == '\n') << entry.name;
      EXPECT_LT(text->size(), 4096u) << entry.name << " outgrows the claimed size";
    }
  }
}

}  // namespace
}  // namespace testbed
