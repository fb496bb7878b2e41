#include "emulator/cgroupfs/control_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "emulator/cgroupfs/values.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::cgroupfs {
namespace {

// One hierarchy's root and a group below it, with the processes 1 to 99.
class ControlFilesTest : public testing::Test {
 protected:
  explicit ControlFilesTest() = default;

  const ControlFile& file(const Group& group, std::string_view name) const {
    const auto files = files_of(group);
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const ControlFile* f) { return f->name == name; });
    if (found == files.end()) throw std::out_of_range(std::string(name));
    return **found;
  }
  Group& group(const std::string& name) {
    const std::string controller =
        name == "cgroup.event_control" ? "memory" : name.substr(0, name.find('.'));
    child_.controller = root_.controller =
        name.find('.') == std::string::npos || controller == "cgroup" ? "cpuset" : controller;
    if (name == "cgroup.event_control") child_.controller = "memory";
    return child_;
  }
  // The errno's name, or what the file reads after the write.
  std::string after(const std::string& name, std::string_view text) {
    Group& in = group(name);
    const ControlFile& f = file(in, name);
    if (const int error = write_file_of(f, in, text, around_)) return errno_name(error);
    return read(name);
  }
  std::string read(const std::string& name) {
    Group& in = group(name);
    const auto content = read_file_of(file(in, name), in, around_);
    return content ? content.value : errno_name(content.error);
  }

  Group root_{.controller = "cpu"}, child_{.controller = "cpu", .parent = &root_};
  Processes processes_{.exists = [](pid_t pid) { return pid > 0 && pid < 100; },
                       .all =
                           [] {
                             return std::vector<pid_t>{1, 2};
                           }};
  std::vector<pid_t> moved_;
  Surroundings around_{.writer = 42,
                       .processes = processes_,
                       .move = [this](pid_t pid, Group&) { moved_.push_back(pid); },
                       .members = [this](const Group&) { return moved_; }};
};

TEST_F(ControlFilesTest, SharesAreClampedAndReadBackAsNumbers) {
  EXPECT_EQ(read("cpu.shares"), "1024\n");
  EXPECT_EQ(after("cpu.shares", "512"), "512\n");
  EXPECT_EQ(after("cpu.shares", "0"), "2\n");
  EXPECT_EQ(after("cpu.shares", "1"), "2\n");
  EXPECT_EQ(after("cpu.shares", "262145"), "262144\n");
  EXPECT_EQ(after("cpu.shares", "0x200\n"), "512\n");
}

TEST_F(ControlFilesTest, SharesRefuseWhatIsNoNumber) {
  for (const char* text : {"text", "-1", " 512 \n", "1 2", "512k", "\n", "0x", "08"})
    EXPECT_EQ(after("cpu.shares", text), "EINVAL") << text;
  EXPECT_EQ(after("cpu.shares", "18446744073709551616"), "ERANGE");
  EXPECT_EQ(after("cpu.shares", "18446744073709551615"), "262144\n");
}

TEST_F(ControlFilesTest, PeriodAndQuotaHaveLimits) {
  EXPECT_EQ(after("cpu.cfs_period_us", "999"), "EINVAL");
  EXPECT_EQ(after("cpu.cfs_period_us", "1000001"), "EINVAL");
  EXPECT_EQ(after("cpu.cfs_period_us", "1000"), "1000\n");
  EXPECT_EQ(after("cpu.cfs_quota_us", "999"), "EINVAL");
  EXPECT_EQ(after("cpu.cfs_quota_us", "0"), "EINVAL");
  EXPECT_EQ(after("cpu.cfs_quota_us", "1000"), "1000\n");
  EXPECT_EQ(after("cpu.cfs_burst_us", "1001"), "EINVAL");
  EXPECT_EQ(after("cpu.cfs_burst_us", "1000"), "1000\n");
  EXPECT_EQ(after("cpu.cfs_quota_us", "-7"), "-1\n");
  EXPECT_EQ(after("cpu.idle", "2"), "EINVAL");
}

TEST_F(ControlFilesTest, AGroupHasNoMoreOfTheTimeThanTheOneAboveIt) {
  root_.values["cpu.cfs_quota_us"] = "50000";
  EXPECT_EQ(after("cpu.cfs_quota_us", "50001"), "EINVAL");
  EXPECT_EQ(after("cpu.cfs_quota_us", "50000"), "50000\n");
  EXPECT_EQ(after("cpu.cfs_period_us", "99999"), "EINVAL");
}

TEST_F(ControlFilesTest, MemoryLimitsAreWholePages) {
  EXPECT_EQ(read("memory.limit_in_bytes"), "9223372036854771712\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "5000"), "4096\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "1M\n"), "1048576\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "2g"), "2147483648\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "0x1000"), "4096\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "99999999999999999999999"), "9223372036854771712\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "-1"), "9223372036854771712\n");
  for (const char* text : {"max", "-2", "text", "1x", "1KB"})
    EXPECT_EQ(after("memory.limit_in_bytes", text), "EINVAL") << text;
}

TEST_F(ControlFilesTest, MemoryIsNeverMoreThanMemoryAndSwap) {
  EXPECT_EQ(after("memory.limit_in_bytes", "8K"), "8192\n");
  EXPECT_EQ(after("memory.memsw.limit_in_bytes", "4K"), "EINVAL");
  EXPECT_EQ(after("memory.memsw.limit_in_bytes", "8K"), "8192\n");
  EXPECT_EQ(after("memory.limit_in_bytes", "12K"), "EINVAL");
  const std::string stat = read("memory.stat");
  EXPECT_NE(stat.find("hierarchical_memory_limit 8192\n"), std::string::npos) << stat;
  EXPECT_EQ(stat.compare(0, 8, "cache 0\n"), 0);
}

TEST_F(ControlFilesTest, OtherMemoryFilesTakeWhatLinuxTakes) {
  EXPECT_EQ(after("memory.swappiness", "201"), "EINVAL");
  EXPECT_EQ(after("memory.swappiness", "10"), "10\n");
  EXPECT_EQ(after("memory.use_hierarchy", "0"), "EINVAL");
  EXPECT_EQ(after("memory.use_hierarchy", "1"), "1\n");
  EXPECT_EQ(after("memory.move_charge_at_immigrate", "1"), "EINVAL");
  EXPECT_EQ(after("memory.oom_control", "1"), "oom_kill_disable 1\nunder_oom 0\noom_kill 0\n");
  EXPECT_EQ(after("memory.kmem.limit_in_bytes", "4K"), "9223372036854771712\n");
  EXPECT_EQ(after("memory.failcnt", "0"), "0\n");
  EXPECT_EQ(read("memory.pressure_level"), "EINVAL");
  EXPECT_EQ(read("memory.kmem.slabinfo"), "");
}

TEST_F(ControlFilesTest, EventsNameTwoDescriptors) {
  Group& memory = group("cgroup.event_control");
  const ControlFile& f = file(memory, "cgroup.event_control");
  EXPECT_EQ(write_file_of(f, memory, "5 6 1M", around_), 0);
  EXPECT_EQ(write_file_of(f, memory, "5", around_), EINVAL);
  EXPECT_EQ(write_file_of(f, memory, "a b", around_), EINVAL);
}

TEST_F(ControlFilesTest, PidsMaxIsANumberOrMax) {
  EXPECT_EQ(read("pids.max"), "max\n");
  EXPECT_EQ(after("pids.max", " 100 \n"), "100\n");
  EXPECT_EQ(after("pids.max", "0"), "0\n");
  EXPECT_EQ(after("pids.max", "max\n"), "max\n");
  EXPECT_EQ(after("pids.max", "4194304"), "4194304\n");
  for (const char* text : {"4194305", "-1", "text", ""})
    EXPECT_EQ(after("pids.max", text), *text ? "EINVAL" : "4194304\n") << text;
  moved_ = {1, 2};
  EXPECT_EQ(read("pids.current"), "2\n");
}

TEST_F(ControlFilesTest, ProcessesMoveByTheirNumber) {
  child_.values = {{"cpuset.cpus", "0"}, {"cpuset.mems", "0"}};
  EXPECT_EQ(after("cgroup.procs", "7\n"), "7\n");
  EXPECT_EQ(after("cgroup.procs", "0x10"), "7\n16\n");
  EXPECT_EQ(after("tasks", "0"), "7\n16\n42\n") << "0 stands for the writer";
  EXPECT_EQ(after("cgroup.procs", "100"), "ESRCH");
  for (const char* text : {"-1", "text", "1 2", "\n", "4294967297"})
    EXPECT_EQ(after("cgroup.procs", text), "EINVAL") << text;
}

TEST_F(ControlFilesTest, ACpusetWithoutProcessorsTakesNobody) {
  EXPECT_EQ(after("cgroup.procs", "7"), "ENOSPC");
  EXPECT_TRUE(moved_.empty());
}

TEST_F(ControlFilesTest, CpusetsHoldLists) {
  EXPECT_EQ(read("cpuset.cpus"), "\n");
  EXPECT_EQ(after("cpuset.cpus", "0\n"), "0\n");
  EXPECT_EQ(read("cpuset.effective_cpus"), "0\n");
  EXPECT_EQ(after("cpuset.cpus", "0,0-0"), "0\n");
  EXPECT_EQ(after("cpuset.cpus", "100000"), "ERANGE");
  for (const char* text : {"a", "1-0", "0-", "-"})
    EXPECT_EQ(after("cpuset.cpus", text), "EINVAL") << text;
  EXPECT_EQ(after("cpuset.mems", "7"), "EINVAL");
  EXPECT_EQ(after("cpuset.mems", ""), "\n");
  root_.values["cpuset.cpus"] = "";
  EXPECT_EQ(after("cpuset.cpus", "0"), "EACCES") << "the group above lacks it";
}

TEST_F(ControlFilesTest, ListsHaveOneForm) {
  EXPECT_EQ(parse_list(" 5,0-2,3\n", 7).value, "0-3,5");
  EXPECT_EQ(parse_list("", 7).value, "");
  EXPECT_EQ(parse_list("8", 7).error, ERANGE);
}

TEST_F(ControlFilesTest, SwitchesAreOnForAnyOtherNumber) {
  EXPECT_EQ(after("notify_on_release", "7"), "1\n");
  EXPECT_EQ(after("notify_on_release", "0"), "0\n");
  EXPECT_EQ(after("cgroup.clone_children", "text"), "EINVAL");
}

TEST_F(ControlFilesTest, DevicesAreAllowedAndDenied) {
  EXPECT_EQ(read("devices.list"), "a *:* rwm\n");
  const auto tell = [&](const char* name, const char* text) {
    Group& in = group("devices.list");
    const int error = write_file_of(file(in, name), in, text, around_);
    return error ? errno_name(error) : read("devices.list");
  };
  EXPECT_EQ(tell("devices.deny", "c 1:3 r"), "a *:* rwm\n") << "exceptions are not shown";
  EXPECT_EQ(tell("devices.deny", "a"), "");
  EXPECT_EQ(tell("devices.allow", "c 1:3 r"), "c 1:3 r\n");
  EXPECT_EQ(tell("devices.allow", "c 1:3 mw\n"), "c 1:3 rwm\n");
  EXPECT_EQ(tell("devices.allow", "b *:* m"), "c 1:3 rwm\nb *:* m\n");
  EXPECT_EQ(tell("devices.deny", "c 1:3 w"), "c 1:3 rm\nb *:* m\n");
  EXPECT_EQ(tell("devices.deny", "c 1:3 rm"), "b *:* m\n");
  for (const char* text : {"c 1:3", "c 1:3 x", "d 1:3 r", "c 1 r", "", "c 1:3 rwmr"})
    if (*text) {
      EXPECT_EQ(tell("devices.allow", text), "EINVAL") << text;
    }
  EXPECT_EQ(tell("devices.allow", "a *:* rwm"), "a *:* rwm\n");
}

TEST_F(ControlFilesTest, DevicesCannotGoBeyondTheGroupAbove) {
  root_.values["devices.list"] = "c 1:* rw";
  child_.values["devices.list"] = "";
  Group& in = group("devices.list");
  const ControlFile& allow = file(in, "devices.allow");
  EXPECT_EQ(write_file_of(allow, in, "a", around_), EPERM);
  EXPECT_EQ(write_file_of(allow, in, "c 1:3 rwm", around_), EPERM);
  EXPECT_EQ(write_file_of(allow, in, "c 2:3 r", around_), EPERM);
  EXPECT_EQ(write_file_of(allow, in, "c 1:3 rw", around_), 0);
}

TEST_F(ControlFilesTest, FreezingReachesTheGroupsBelow) {
  EXPECT_EQ(after("freezer.state", "FROZEN\n"), "FROZEN\n");
  EXPECT_EQ(read("freezer.self_freezing"), "1\n");
  EXPECT_EQ(after("freezer.state", "THAWED"), "THAWED\n");
  root_.values["freezer.state"] = "FROZEN";
  EXPECT_EQ(read("freezer.state"), "FROZEN\n");
  EXPECT_EQ(read("freezer.parent_freezing"), "1\n");
  EXPECT_EQ(after("freezer.state", "FREEZING"), "EINVAL");
  EXPECT_EQ(after("freezer.state", "frozen"), "EINVAL");
}

TEST_F(ControlFilesTest, BlockDevicesMustExist) {
  EXPECT_EQ(read("blkio.throttle.read_bps_device"), "");
  EXPECT_EQ(after("blkio.throttle.read_bps_device", "4095:1 100"), "ENODEV");
  EXPECT_EQ(after("blkio.throttle.read_bps_device", "text"), "EINVAL");
  EXPECT_EQ(after("blkio.bfq.weight", "1001"), "ERANGE");
  EXPECT_EQ(after("blkio.bfq.weight", "10"), "10\n");
}

TEST_F(ControlFilesTest, ModesDecideWhatReadAndWriteAnswer) {
  EXPECT_EQ(after("cpu.stat", "0"), "EINVAL");
  EXPECT_EQ(read("memory.force_empty"), "EINVAL");
  EXPECT_EQ(after("cpu.shares", std::string(4097, '1')), "E2BIG");
  EXPECT_EQ(after("cpu.shares", ""), "1024\n") << "nothing written, nothing changed";
}

TEST_F(ControlFilesTest, SomeFilesAreOnlyAtTheRootOrOnlyBelowIt) {
  EXPECT_NO_THROW(file(root_, "release_agent"));
  EXPECT_THROW(file(child_, "release_agent"), std::out_of_range);
  root_.controller = child_.controller = "pids";
  EXPECT_NO_THROW(file(child_, "pids.max"));
  EXPECT_THROW(file(root_, "pids.max"), std::out_of_range);
}

TEST_F(ControlFilesTest, FilesPerProcessorHaveOneColumnEach) {
  const std::string usage = read("cpuacct.usage_percpu");
  EXPECT_EQ(std::count(usage.begin(), usage.end(), '0'), static_cast<long>(last_cpu()) + 1);
  EXPECT_EQ(usage.substr(usage.size() - 2), " \n");
  EXPECT_EQ(after("cpuacct.usage", "1"), "EINVAL");
  EXPECT_EQ(after("cpuacct.usage", "0"), "0\n");
}

}  // namespace
}  // namespace testbed::cgroupfs
