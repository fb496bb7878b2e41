// A memory limit of a cell, and what the host tells of a sandbox that comes to it.
#include <gtest/gtest.h>

#include "orchestrator/base/host.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/base/testing/scenario.h"
#include "orchestrator/run/cell_group.h"

namespace testbed {
namespace {

// Natively the kernel kills the program that took the memory. All memory of a gVisor sandbox is its
// kernel's, so the sandbox goes.
constexpr const char* kScenario = R"(scenario: memory
question: Who is killed where memory ends?
image: debian-base
axes: {sandbox: [native, runsc-20240722, runsc-20260701], approach: [none]}
ladder:
  - {rung: fits, run: [dd, if=/dev/zero, of=/dev/null, bs=64M, count=1, iflag=fullblock]}
  - {rung: does-not-fit, run: [sh, -c, "dd if=/dev/zero of=/dev/null bs=1G count=1 iflag=fullblock; [ $? = 137 ]"], timeout: 30s}
  - {rung: goes-on, run: ["true"]}
limits: {cell: 90s, step: 20s, memory: 500MiB}
expect:
  - where: {sandbox: ">=20221203"}
    reaches: fits
    signature: sandbox-out-of-memory
    because: the limit holds for the whole sandbox
)";

std::string lacks_memory_groups() {
  const auto group = CellGroup::make("/testbed-memory-test/1", 0);
  if (!group) return group.error().message;
  const bool undone = group->undo().has_value();
  for (const fs::path& entrance : group->entrances()) {
    std::error_code ignored;
    fs::remove(entrance.parent_path().parent_path(), ignored);
  }
  return undone ? "" : "cgroups that can be removed";
}

TEST(MemoryLimit, NativelyAProgramIsKilledAndInGvisorTheSandboxAndTheReasonIsTold) {
  REQUIRE_HOST(host::lacks_overlay_mounts());
  REQUIRE_HOST(host::lacks_program("runc", "runc"));
  REQUIRE_HOST(lacks_memory_groups());
  const TempDir dir = TempDir::make("/run", "memory-test").value();
  const fs::path file = dir.path() / "memory.yaml";
  ASSERT_TRUE(is_ok(write_file(file, kScenario)));
  expect_as_expected(file.string(), "3 cells: 1 ok, 2 xfail");
}

}  // namespace
}  // namespace testbed
