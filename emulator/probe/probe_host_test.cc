#include <gtest/gtest.h>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed::probe {
namespace {

const std::string kProbe = std::string(TESTBED_BINARY_DIR) + "/emulator/probe/probe";

// Mounts are tried by a shell in a mount namespace of its own: nothing is left on the host,
// however the test ends.
class ProbeMountTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_root());
    REQUIRE_HOST(host::lacks_program("unshare", "util-linux"));
  }
  std::string in_namespace(const std::string& script) {
    const auto output = run_command(
        {.argv = {"unshare", "--mount", "--propagation", "private", "sh", "-ec", script},
         .env = {{"PROBE", kProbe}, {"DIR", dir_.path()}}},
        Deadline::after(milliseconds(20000)));
    if (!output) return output.error().message;
    return describe(output->status) + " " + output->err;
  }
  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "probe-test")).value();
};

TEST_F(ProbeMountTest, MountsAndUnmounts) {
  EXPECT_EQ(in_namespace(R"(
    $PROBE --expect OK mount none $DIR tmpfs nosuid,nodev size=1m
    $PROBE --expect OK --value 0x1021994 statfs $DIR
    $PROBE --expect OK --value true mountpoint $DIR
    $PROBE --expect OK umount $DIR
    $PROBE --expect OK --value false mountpoint $DIR
    $PROBE --expect EINVAL umount $DIR
  )"),
            "exit code 0 ");
}

TEST_F(ProbeMountTest, FindsABindMountWithinOneFileSystem) {
  EXPECT_EQ(in_namespace(R"(
    mkdir "$DIR/with space" "$DIR/from"
    $PROBE --expect OK mount "$DIR/from" "$DIR/with space" none bind
    $PROBE --expect OK --value true mountpoint "$DIR/with space" | grep -q '"method":"mountinfo"'
    $PROBE --expect OK umount "$DIR/with space" detach
  )"),
            "exit code 0 ");
}

TEST_F(ProbeMountTest, ReportsReadOnlyMounts) {
  EXPECT_EQ(in_namespace(R"(
    $PROBE --expect OK mount none $DIR tmpfs ro
    $PROBE --expect EROFS mkdir $DIR/new
    $PROBE --expect EROFS write $DIR/new text create
    $PROBE --expect ENODEV mount none $DIR no_such_type
  )"),
            "exit code 0 ");
}

TEST_F(ProbeMountTest, LeavesAndEntersNamespaces) {
  EXPECT_EQ(in_namespace(R"(
    $PROBE --expect OK unshare mnt,uts
    $PROBE --expect OK setns /proc/self/ns/uts uts
    $PROBE --expect EINVAL setns /proc/self/ns/uts net
  )"),
            "exit code 0 ");
}

}  // namespace
}  // namespace testbed::probe
