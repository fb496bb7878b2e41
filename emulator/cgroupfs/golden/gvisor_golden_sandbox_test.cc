// The same operations inside gVisor: on the emulator, which must answer as Linux does but for
// reasons that hold, and on gVisor's own cgroups, of which nothing is expected.
#include <cstdlib>

#include "emulator/cgroupfs/golden/testing_targets.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed::golden {
namespace {

constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built

constexpr const char* kScenario = R"(scenario: golden
question: What do the golden operations answer?
image: debian-base
axes:
  sandbox: [runsc-20221219, runsc-20240722, runsc-20260701]
  approach: [native-cgroup, fuse-cgroup, fuse-cgroup-v2]
ladder:
  - rung: recorded
    run: [sh, -c, "cgroup-golden record --layout v1 --tree ${cgroup} > ${out}/golden.jsonl"]
    where: {approach: [native-cgroup, fuse-cgroup]}
  - rung: recorded-v2
    run: [sh, -c, "cgroup-golden record --layout v2 --enable-controllers --tree ${cgroup} > ${out}/golden.jsonl"]
    where: {approach: fuse-cgroup-v2}
limits: {cell: 600s, step: 500s}
)";

// "fuse-v1-runsc-20240722" for a path that names the cell "fuse-cgroup+runsc-20240722".
std::string target_of(const std::string& path) {
  for (const char* version : {"runsc-20221219", "runsc-20240722", "runsc-20260701"}) {
    if (path.find(version) == std::string::npos) continue;
    if (path.find("native-cgroup") != std::string::npos) return std::string("gvisor-v1-") + version;
    const bool v2 = path.find("fuse-cgroup-v2") != std::string::npos;
    return std::string(v2 ? "fuse-v2-" : "fuse-v1-") + version;
  }
  return "";
}

TEST(GoldenGvisor, TheEmulatorAnswersInsideGvisorAsTheKernelDoes) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(host::lacks_fuse());
  const TempDir dir = TempDir::make("/run", "golden-sandbox-test").value();
  const fs::path scenario = dir.path() / "golden.yaml";
  ASSERT_TRUE(is_ok(write_file(scenario, kScenario)));
  const auto output =
      run_command({.argv = {TESTBED_BINARY_DIR "/bin/testbed", "run", scenario.string()},
                   .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR},
                           {"TESTBED_RESULTS", (dir.path() / "results").string()},
                           {"TESTBED_RUN_DIR", (dir.path() / "run").string()}}},
                  Deadline::after(kBuildAndRun));
  ASSERT_TRUE(is_ok(output));
  EXPECT_EQ(describe(output->status), "exit code 0") << output->out << output->err;
  std::size_t found = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir.path() / "results")) {
    if (entry.path().filename() != "golden.jsonl") continue;
    ++found;
    const std::string target = target_of(entry.path().string());
    SCOPED_TRACE(target);
    const auto text = read_file(entry.path());
    ASSERT_TRUE(is_ok(text));
    if (target.starts_with("fuse")) {
      expect_like_the_kernel(target, *text);
    } else {
      ASSERT_TRUE(is_ok(write_file_atomically(kRecordings + target + ".jsonl", *text)));
      EXPECT_TRUE(is_ok(parse_recording(*text)));
    }
  }
  EXPECT_EQ(found, 9u);
}

}  // namespace
}  // namespace testbed::golden
