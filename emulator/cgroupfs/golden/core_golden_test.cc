// The emulator without a kernel between answers as Linux does, or for a reason that still holds.
#include <unistd.h>

#include "emulator/cgroupfs/golden/player.h"
#include "emulator/cgroupfs/golden/testing_targets.h"

namespace testbed::golden {
namespace {

std::string recorded(const std::string& layout) {
  const Script script = parse_script(script_text(layout)).value();
  const auto tree = make_core_tree(layout);
  Player player(*tree, script, "golden-" + std::to_string(::getpid()), true);
  auto rows = player.play();
  EXPECT_TRUE(is_ok(rows));
  return to_text({"core", layout, "none", rows ? std::move(rows).value() : std::vector<Row>()});
}

TEST(GoldenCore, AnswersOperationsOnV1AsTheKernelDoes) {
  expect_like_the_kernel("core-v1", recorded("v1"));
}

TEST(GoldenCore, AnswersOperationsOnV2AsTheKernelDoes) {
  expect_like_the_kernel("core-v2", recorded("v2"));
}

TEST(GoldenCore, AnotherAnswerWouldBeFound) {
  Recording recording = parse_recording(recorded("v1")).value();
  for (Row& row : recording.rows) {
    if (row.id == "cpu.shares/text") row.error.clear();
  }
  const Script script = parse_script(script_text("v1")).value();
  const Reference reference = reference_for("v1");
  const Reasons reasons = parse_reasons(reasons_text()).value();
  const Comparison comparison = compare("core-v1", script, reference, recording, reasons);
  EXPECT_EQ(comparison.count(Verdict::ByMistake), 1u) << describe_faults(comparison);
}

}  // namespace
}  // namespace testbed::golden
