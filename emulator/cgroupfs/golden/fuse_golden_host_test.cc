// The emulator through FUSE on this machine's kernel, and that kernel's own cgroups.
#include <sys/mount.h>
#include <sys/stat.h>

#include "emulator/cgroupfs/golden/testing_targets.h"
#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed::golden {
namespace {

constexpr const char* kPrograms = TESTBED_BINARY_DIR "/libexec/testbed/";

std::string record(const std::vector<std::string>& more) {
  std::vector<std::string> argv{kPrograms + std::string("cgroup-golden"), "record"};
  argv.insert(argv.end(), more.begin(), more.end());
  const auto output = run_command({.argv = argv}, Deadline::after(milliseconds(60'000)));
  EXPECT_TRUE(is_ok(output));
  if (!output) return "";
  EXPECT_EQ(describe(output->status), "exit code 0") << output->err;
  return output->out;
}

class GoldenFuse : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_root());
    REQUIRE_HOST(host::lacks_fuse());
  }
};

TEST_P(GoldenFuse, AnswersOperationsAsTheKernelDoes) {
  const std::string layout = GetParam();
  const TempDir dir = TempDir::make("/run", "golden-test").value();
  ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);  // those without privileges pass through it
  const fs::path tree = dir.path() / "tree", ready = dir.path() / "ready";
  auto server =
      Subprocess::start({.argv = {kPrograms + std::string("cgroupfs"), "--layout", layout,
                                  "--mounts", "single", "--allow-other", "--default-permissions",
                                  "--make-dir", "--ready-file", ready.string(), tree.string()}});
  ASSERT_TRUE(is_ok(server));
  for (int i = 0; i < 500 && !fs::exists(ready); ++i) ::usleep(10'000);
  ASSERT_TRUE(fs::exists(ready));
  const std::string text =
      record({"--layout", layout, "--tree", tree.string(), "--enable-controllers"});
  ::umount2(tree.c_str(), MNT_DETACH);
  server->wait(Deadline::after(milliseconds(5'000)));
  expect_like_the_kernel("fuse-" + layout + "-native", text);
}

INSTANTIATE_TEST_SUITE_P(Layouts, GoldenFuse, testing::Values("v1", "v2"),
                         [](const auto& layout) { return std::string(layout.param); });

std::string lacks_recorded_kernel() {
  const bool same = host::facts().kernel.starts_with("6.18.");
  const bool mounted = fs::exists("/sys/fs/cgroup/cpu/cpu.shares") &&
                       fs::exists("/sys/fs/cgroup/unified/cgroup.procs");
  return same && mounted ? "" : "Linux 6.18 with its controllers mounted as cgroup v1";
}

// Without the file that only some builds of 6.18 have: the reason `kernel-build` of the comparison.
std::string comparable(Row row) {
  const std::string line = "f memory.shown_ram_in_bytes\n";
  if (const auto at = row.value.find(line); row.id == "memory/list" && at != std::string::npos) {
    row.value.erase(at, line.size());
    --row.result;
  }
  return to_line(to_json(row));
}

// What was recorded is what the kernel answers.
void expect_as_recorded(const std::string& layout, const std::string& text) {
  const Recording kept = read_recording(kTestData + layout + "-linux-6.18.jsonl").value();
  const auto now = parse_recording(text);
  ASSERT_TRUE(is_ok(now));
  for (const Row& row : now->rows) {
    const Row* known = kept.find(row.id);
    ASSERT_NE(known, nullptr) << row.id << ": not in testdata; record again";
    EXPECT_EQ(comparable(row), comparable(*known));
  }
}

TEST(GoldenKernel, TheRecordingOfV1IsWhatTheKernelAnswers) {
  REQUIRE_HOST(host::lacks_root());
  REQUIRE_HOST(lacks_recorded_kernel());
  expect_as_recorded("v1", record({"--layout", "v1", "--tree", "/sys/fs/cgroup"}));
}

TEST(GoldenKernel, TheRecordingOfV2IsWhatTheKernelAnswers) {
  REQUIRE_HOST(host::lacks_root());
  REQUIRE_HOST(lacks_recorded_kernel());
  expect_as_recorded("v2", record({"--layout", "v2", "--tree", "/sys/fs/cgroup/unified"}));
}

}  // namespace
}  // namespace testbed::golden
