// Recorded runs of every format there has been stay readable: testdata/SCHEMA.tar.zst.
#include <gtest/gtest.h>

#include <algorithm>

#include "orchestrator/record/event_log.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

const fs::path kTestdata = fs::path(TESTBED_SOURCE_DIR) / "orchestrator/record/testdata";

TEST(RecordedRuns, TheFormatThatIsWrittenHasOne) {
  EXPECT_TRUE(fs::exists(kTestdata / (std::string(kEventLogSchema) + kArchiveSuffix)))
      << "a new format: keep the recording of the old one, and add one of the new";
}

TEST(RecordedRuns, OfEveryFormatAreReadWholly) {
  for (const std::string& name : list_directory(kTestdata)) {
    if (!name.ends_with(kArchiveSuffix)) continue;
    const auto run = read_run(kTestdata / name);
    ASSERT_TRUE(run) << name << ": " << run.error().message;
    EXPECT_TRUE(run->complete) << name;
    EXPECT_TRUE(run->missing.empty()) << name;
    EXPECT_FALSE(run->planned.empty()) << name;
    EXPECT_FALSE(run->provenance.kernel.empty()) << name;
    EXPECT_FALSE(run->artifacts.empty()) << name;
    for (const PlannedCell& cell : run->planned) {
      const CellResult* result = run->find(cell.id);
      ASSERT_NE(result, nullptr) << cell.id;
      EXPECT_NE(result->outcome.observed, Observed::Pending) << cell.id;
      EXPECT_EQ(result->outcome.rungs_total, static_cast<int>(cell.rungs.size())) << cell.id;
      EXPECT_FALSE(result->attempts.empty()) << cell.id;
    }
  }
}

// What exp07 is about, as it was seen when it was recorded.
TEST(RecordedRuns, ExperimentSevenSaysWhatItSaidThen) {
  const testbed::Run run = read_run(kTestdata / "testbed-events-1.tar.zst").value();
  EXPECT_EQ(run.scenario, "exp07");
  const CellResult* bare = run.find("exp07/fuse-cgroup-bare+runsc-20240722");
  ASSERT_NE(bare, nullptr);
  EXPECT_EQ(bare->outcome.verdict, Verdict::Xfail);
  ASSERT_TRUE(bare->outcome.cause);
  EXPECT_EQ(bare->outcome.cause->signature, "fuse-access-enosys");
  EXPECT_FALSE(bare->outcome.cause->evidence.empty());
  bool has_journal = false;
  const auto missing =
      read_evidence(run, bare->cell, [&](const std::string& name, const std::string& text) {
        has_journal |= name == "1/journal/cgroupfs.ndjson" && text.find("ENOSYS") != text.npos;
      });
  EXPECT_TRUE(has_journal);
}

}  // namespace
}  // namespace testbed
