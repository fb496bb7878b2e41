// What a killed testbed leaves, and that the next start undoes it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/run/area.h"

namespace testbed {
namespace {

class AreaTest : public testing::Test {
 protected:
  AreaTest() { ::setenv("TESTBED_RUN_DIR", dir_.path().c_str(), 1); }
  ~AreaTest() override {
    clean_up_after_dead_runs();
    EXPECT_TRUE(is_ok(detach_mounts_below(dir_.path())));
    ::unsetenv("TESTBED_RUN_DIR");
  }

  TempDir dir_ = TempDir::make("/run", "testbed-test").value();
};

// A testbed that dies in the middle of a run: SIGKILL leaves it no time for anything.
void die_in_the_middle_of(const std::string& run_id) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto area = RunArea::make(run_id);
    if (!area) ::_exit(1);
    ::setenv(kRunVariable, run_id.c_str(), 1);
    Pipe executed = Pipe::make().value();  // until it has, a child shares our lock
    if (::fork() == 0) {                   // a process that outlives it, as a sandbox does
      ::setsid();
      ::execlp("sleep", "sleep", "600", nullptr);
      ::_exit(1);
    }
    executed.write.reset();
    char end;
    if (::read(executed.read.get(), &end, 1) != 0) ::_exit(1);
    auto inner = ScopedMount::tmpfs(area->directory() / "inner", 1 << 20);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST_F(AreaTest, TheNextStartUndoesWhatADeadRunLeft) {
  REQUIRE_HOST(host::lacks_root());
  die_in_the_middle_of("dead-run");
  ASSERT_EQ(mounts_below(dir_.path()).size(), 2u);
  EXPECT_EQ(clean_up_after_dead_runs(), std::vector<std::string>{"dead-run"});
  EXPECT_TRUE(mounts_below(dir_.path()).empty());
  EXPECT_TRUE(list_directory(dir_.path()).empty());
  EXPECT_TRUE(find_leftovers(dir_.path()).empty());
}

TEST_F(AreaTest, ALivingRunIsLeftAlone) {
  REQUIRE_HOST(host::lacks_root());
  const auto area = RunArea::make("living-run");
  ASSERT_TRUE(is_ok(area));
  EXPECT_TRUE(clean_up_after_dead_runs().empty());
  EXPECT_EQ(mounts_below(dir_.path()), std::vector<fs::path>{area->directory()});
}

TEST_F(AreaTest, WhatIsStillThereOfACellIsFound) {
  REQUIRE_HOST(host::lacks_root());
  auto area = RunArea::make("run");
  ASSERT_TRUE(is_ok(area));
  const auto mount = ScopedMount::tmpfs(area->directory() / "7" / "m", 1 << 20);
  auto process = Subprocess::start(
      {.argv = {"sh", "-c", "sleep 60; : " + (area->directory() / "7" / "x").string()}});
  ASSERT_TRUE(is_ok(process));
  const std::vector<std::string> left = find_leftovers(area->directory() / "7");
  ASSERT_EQ(left.size(), 2u);
  EXPECT_NE(left[0].find("sh -c sleep 60"), std::string::npos);
  EXPECT_EQ(left[1], "mount: " + (area->directory() / "7" / "m").string());
}

}  // namespace
}  // namespace testbed
