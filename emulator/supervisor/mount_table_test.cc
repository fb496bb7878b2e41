#include "emulator/supervisor/mount_table.h"

#include <gtest/gtest.h>

namespace testbed::supervisor {
namespace {

constexpr std::string_view kInfo =
    "23 30 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
    "30 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
    "31 30 0:28 /x /sys/fs/cgroup rw shared:9 - fuse.cg cg rw,user_id=0\n";

std::string changed(MountTable form, std::string_view table, std::vector<MountLine> rules) {
  return change_mounts(form, table, rules, [](const std::string&) { return "0:77"; });
}

TEST(MountTable, ALineOfMountinfoIsChangedBehindItsDash) {
  EXPECT_EQ(changed(MountTable::Mountinfo, kInfo,
                    {{.path = "/sys/fs/cgroup", .type = "cgroup2", .options = "rw,nsdelegate"}}),
            "23 30 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
            "30 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
            "31 30 0:28 /x /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
  EXPECT_NE(changed(MountTable::Mountinfo, kInfo,
                    {{.path = "/", .type = "ext4", .source = "/dev/sda1", .root = "/r"}})
                .find("30 1 254:0 /r / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"),
            std::string::npos);
}

TEST(MountTable, ALineThatIsNotThereIsAddedBelowItsParent) {
  const std::string table = changed(
      MountTable::Mountinfo, kInfo,
      {{.path = "/sys/fs/cgroup/cpu", .type = "cgroup", .source = "c g", .options = "rw,cpu"}});
  EXPECT_EQ(table, std::string(kInfo) +
                       "32 31 0:77 / /sys/fs/cgroup/cpu rw,relatime - cgroup c\\040g rw,cpu\n");
}

TEST(MountTable, TheUppermostOfSeveralMountsCounts) {
  EXPECT_EQ(changed(MountTable::Mounts, "a /m ext4 rw 0 0\nb /m xfs rw 0 0\n",
                    {{.path = "/m", .type = "tmpfs"}}),
            "a /m ext4 rw 0 0\ntmpfs /m tmpfs rw 0 0\n");
}

TEST(MountTable, MountsHasSixFields) {
  EXPECT_EQ(changed(MountTable::Mounts, "proc /proc proc rw 0 0\n",
                    {{.path = "/a b", .type = "cgroup", .source = "cpu", .options = "rw,cpu"}}),
            "proc /proc proc rw 0 0\ncpu /a\\040b cgroup rw,cpu 0 0\n");
}

TEST(MountTable, WhatIsNoTableIsLeftAlone) {
  EXPECT_EQ(changed(MountTable::Mountinfo, "x\n\n1 2\n", {}), "x\n\n1 2\n");
  EXPECT_EQ(changed(MountTable::Mounts, "", {}), "");
  EXPECT_EQ(changed(MountTable::Mountinfo, "1 2 3 4 /m\n", {{.path = "/m", .type = "t"}}),
            "1 2 3 4 /m\n");
}

TEST(MountTable, OctalEscapesGoBothWays) {
  EXPECT_EQ(mount_escaped("a b\t\n\\c"), "a\\040b\\011\\012\\134c");
  EXPECT_EQ(mount_unescaped("a\\040b\\011\\012\\134c\\04\\9"), "a b\t\n\\c\\04\\9");
}

}  // namespace
}  // namespace testbed::supervisor
