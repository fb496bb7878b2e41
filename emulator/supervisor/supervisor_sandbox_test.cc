// The supervisor in gVisor: an old, a middle and a new version, and the host's kernel for
// comparison.
#include <gtest/gtest.h>

#include "orchestrator/base/host.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built

// Each rung prints "ok" if all went well. The redirect's source is made of nothing.
constexpr std::string_view kScenario = R"(scenario: supervised
question: Does the supervisor keep up with what programs do?
image: debian-base
axes:
  sandbox: [native, runsc-20221219, runsc-20240722, runsc-20260701]
  approach: [none]
ladder:
  - rung: prepared
    run: [sh, -c, "mkdir -p /run/t/dst && echo hello > /run/t/dst/f"]
  - rung: shell
    run: [supervisor, --rule, "redirect /run/t/src -> /run/t/dst", --, sh, -c,
          "cd /run/t/src && pwd -P && cat f | cat && echo new > ../src/n && cat n && rm n && cat /run/t/dst/f"]
    stdout: "/run/t/src\nhello\nnew\nhello\n"
  - rung: status
    run: [sh, -c, "supervisor -- sh -c 'exit 7'; echo $?; supervisor -- sh -c 'kill -9 $$'; echo $?"]
    stdout: "7\n137\n"
  - rung: mounts
    run: [supervisor, --rule, "mount /nowhere as cgroup2", --rule, "file /etc/made = \"up\\n\"", --,
          sh, -c, "cat /etc/made; grep -c 'nowhere.* cgroup2' /proc/self/mountinfo /proc/mounts"]
    stdout: "up\n/proc/self/mountinfo:1\n/proc/mounts:1\n"
)";

struct Rung {
  const char* name;
  const char* arguments;
};
// Without interrupted-open: gVisor does not start the open of a FIFO again after a signal, with a
// supervisor or without (20221219, 20240722, 20260701).
constexpr Rung kBehaviours[] = {
    {"threads", "20, /run/t/src/f, hello"},
    {"clone-kinds", "/run/t/src/f, hello"},
    {"leader-leaves", "/run/t/src/f, hello"},
    {"stop-and-go", "/run/t/src/f, hello"},
    {"kill-storm", "30, /run/t/src/f"},
    {"signals", "/run/t/src/f, hello"},
    {"registers", "/run/t/src/f"},
    {"bad-pointers", "/run/t/src"},
    {"long-paths", "/run/t/src"},
    {"nested-tracing", ""},
    {"shared-path", "/run/t/src/f, /run/t/other"},
    {"descriptors", "/run/t/src/f, 27e0eb"},
};

std::string scenario_text() {
  std::string text(kScenario);
  for (const Rung& rung : kBehaviours) {
    text +=
        std::string("  - rung: ") + rung.name +
        "\n    run: [supervisor, --rule, \"redirect /run/t/src -> /run/t/dst\", --rule, \"statfs "
        "/run/t/src as cgroup\", --, supervisor_testprog, " +
        rung.name + (*rung.arguments == '\0' ? "" : ", ") + rung.arguments +
        "]\n    stdout: \"ok\\n\"\n";
  }
  text += R"(  - rung: exec-by-thread
    run: [supervisor, --rule, "redirect /run/t/src -> /run/t/dst", --, supervisor_testprog, exec-by-thread,
          /bin/cat, /run/t/src/f]
    stdout: "hello\n"
limits: {cell: 300s, step: 60s}
)";
  return text;
}

TEST(SupervisorSandbox, KeepsUpWithWhatProgramsDoInEveryVersion) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(host::lacks_program("runc", "runc"));
  const TempDir dir = TempDir::make("/run", "testbed-supervisor-test").value();
  const fs::path file = dir.path() / "supervised.yaml";
  ASSERT_TRUE(is_ok(write_file(file, scenario_text())));
  const auto output =
      run_command({.argv = {TESTBED_BINARY_DIR "/bin/testbed", "run", file.string()},
                   .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR},
                           {"TESTBED_RESULTS", (dir.path() / "results").string()},
                           {"TESTBED_RUN_DIR", (dir.path() / "run").string()}}},
                  Deadline::after(kBuildAndRun));
  ASSERT_TRUE(is_ok(output));
  EXPECT_TRUE(succeeded(output->status)) << output->out << output->err;
  EXPECT_NE(output->out.find("4 cells: 4 ok"), std::string::npos) << output->out;
}

}  // namespace
}  // namespace testbed
