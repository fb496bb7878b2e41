#include <gtest/gtest.h>
#include <unistd.h>

#include "orchestrator/base/host.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/run/cell_group.h"

namespace testbed {
namespace {

std::string own_group() { return "/testbed-test-" + std::to_string(::getpid()) + "/1"; }

// A group of this machine, and its parent, which a run's area would remove.
class OnThisMachine : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string lacks = host::lacks_root(); !lacks.empty()) GTEST_SKIP() << lacks;
    auto made = CellGroup::make(own_group(), std::uint64_t{64} << 20);
    if (!made) GTEST_SKIP() << made.error().message;
    group_ = *made;
  }
  void TearDown() override {
    if (!group_) return;
    EXPECT_TRUE(is_ok(group_->undo()));
    for (const fs::path& entrance : group_->entrances())
      ::rmdir(entrance.parent_path().parent_path().c_str());
  }

  ExitStatus run(const char* script) {
    auto process = Subprocess::start({.argv = {"sh", "-c", script}, .groups = group_->entrances()});
    EXPECT_TRUE(is_ok(process));
    return process->wait(Deadline::after(milliseconds(20'000)));
  }

  std::optional<CellGroup> group_;
};

TEST_F(OnThisMachine, WhatAProcessAndItsChildrenUseIsCounted) {
  EXPECT_TRUE(succeeded(run("i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; sh -c :")));
  const auto use = group_->use();
  ASSERT_TRUE(use);
  EXPECT_GT(use->processor.count(), 1000);
  EXPECT_EQ(use->killed, 0U);
}

TEST_F(OnThisMachine, WhoTakesMoreMemoryThanTheLimitIsKilledAndThatIsSaid) {
  // tail keeps a line without an end in memory.
  const ExitStatus status = run("exec tail -n 1 < /dev/zero");
  EXPECT_EQ(describe(status), "SIGKILL");
  ASSERT_TRUE(group_->use());
  EXPECT_EQ(group_->use()->killed, 1U);
}

// What cgroup v2's files look like: Documentation/admin-guide/cgroup-v2.rst of Linux.
TEST(CellGroupOfV2, UseIsReadFromTheOneHierarchy) {
  const TempDir hierarchies = TempDir::make(fs::temp_directory_path(), "cgroup").value();
  const fs::path group = hierarchies.path() / "run" / "1";
  fs::create_directories(group);
  for (const auto& [file, text] :
       {std::pair{hierarchies.path() / "cgroup.controllers", "cpu memory\n"},
        {group / "cpu.stat", "usage_usec 1500\nuser_usec 1000\n"},
        {group / "memory.stat", "anon 100\nanon_thp 7\nfile 900\nshmem 20\n"},
        {group / "memory.events", "low 0\noom 3\noom_kill 2\n"}}) {
    ASSERT_TRUE(is_ok(write_file(file, text)));
  }
  const auto use = CellGroup::of_runtime("/run/1", hierarchies.path()).use();
  ASSERT_TRUE(use);
  EXPECT_EQ(use->processor.count(), 1500);
  EXPECT_EQ(use->memory, 120U);
  EXPECT_EQ(use->killed, 2U);
}

TEST(CellGroupOfV2, ANewGroupHasItsParentsHandMemoryOnAndItsLimit) {
  const TempDir hierarchies = TempDir::make(fs::temp_directory_path(), "cgroup").value();
  fs::create_directories(hierarchies.path() / "run" / "1");
  for (const char* file : {"cgroup.controllers", "cgroup.procs", "cgroup.subtree_control"})
    ASSERT_TRUE(is_ok(write_file(hierarchies.path() / file, "")));
  const auto group = CellGroup::make("/run/1", 4096, hierarchies.path());
  ASSERT_TRUE(is_ok(group));
  EXPECT_EQ(read_file(hierarchies.path() / "cgroup.subtree_control").value(), "+memory");
  EXPECT_EQ(read_file(hierarchies.path() / "run/cgroup.subtree_control").value(), "+memory");
  EXPECT_EQ(read_file(hierarchies.path() / "run/1/memory.max").value(), "4096");
}

TEST(CellGroup, WithoutHierarchiesThereIsNoGroup) {
  const TempDir nothing = TempDir::make(fs::temp_directory_path(), "cgroup").value();
  EXPECT_FALSE(CellGroup::make("/run/1", 0, nothing.path()).has_value());
  EXPECT_FALSE(CellGroup::of_runtime("/run/1", nothing.path()).use());
}

}  // namespace
}  // namespace testbed
