#pragma once

// What the tests of this folder share: the references, and where recordings are left for the table.
#include <gtest/gtest.h>

#include "emulator/cgroupfs/golden/comparison.h"
#include "emulator/cgroupfs/golden/script.h"
#include "orchestrator/base/files.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed::golden {

inline constexpr const char* kTestData = TESTBED_SOURCE_DIR "/emulator/cgroupfs/golden/testdata/";
// Made by the tests, read by the target cgroup_golden_table.
inline constexpr const char* kRecordings = TESTBED_BINARY_DIR "/golden/";

inline Reference reference_for(const std::string& layout) {
  Reference reference{.layout = layout};
  for (const char* kernel : {"6.18", "6.12"}) {
    auto recording = read_recording(kTestData + layout + "-linux-" + kernel + ".jsonl");
    EXPECT_TRUE(is_ok(recording));
    if (recording) reference.recordings.push_back(std::move(recording).value());
  }
  return reference;
}

// Keeps the recording, and expects that it differs from the kernel for reasons that hold.
inline void expect_like_the_kernel(const std::string& target, const std::string& text) {
  ASSERT_TRUE(is_ok(make_directories(kRecordings)));
  ASSERT_TRUE(is_ok(write_file_atomically(kRecordings + target + ".jsonl", text)));
  const auto recording = parse_recording(text);
  ASSERT_TRUE(is_ok(recording));
  const Script script = parse_script(script_text(recording->layout)).value();
  const Reference reference = reference_for(recording->layout);  // outlives what points into it
  const Reasons reasons = parse_reasons(reasons_text()).value();
  const Comparison comparison = compare(target, script, reference, *recording, reasons);
  EXPECT_GT(comparison.count(Verdict::Equal), comparison.judgements.size() / 2);
  EXPECT_TRUE(comparison.holds()) << describe_faults(comparison);
}

}  // namespace testbed::golden
