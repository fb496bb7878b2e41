// Each line of testdata/recorded_causes.txt is what a program said where it failed, and the cause
// that the shipped rules must find in it. Rules only meet here: a new one that takes another's
// evidence away shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "orchestrator/judge/causes.h"
#include "orchestrator/loader/catalog_loader.h"

namespace testbed {
namespace {

struct Recorded {
  std::string signature, version, text;
};

std::vector<Recorded> recorded() {
  std::ifstream lines(TESTBED_SOURCE_DIR "/orchestrator/cli/testdata/recorded_causes.txt");
  std::vector<Recorded> out;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(" | "), second = line.find(" | ", first + 3);
    if (line.starts_with("#") || second == std::string::npos) continue;
    out.push_back({.signature = line.substr(0, first),
                   .version = line.substr(first + 3, second - first - 3),
                   .text = line.substr(second + 3)});
  }
  return out;
}

TEST(RecordedCauses, EveryTextLeadsToItsCause) {
  const auto catalog = load_catalog(TESTBED_SOURCE_DIR);
  ASSERT_TRUE(catalog.value.has_value());
  const std::vector<Recorded> all = recorded();
  EXPECT_GE(all.size(), 25u);
  for (const Recorded& each : all) {
    Cell cell;
    if (each.version != "native") cell.sandbox.version = each.version;
    CheckEvidence seen;
    seen.name = "step";
    seen.argv = {"kubernetes-node", "kubelet"};
    seen.end.code = 1;
    seen.err = each.text;
    CheckResult result;
    result.observed = Observed::Fail;
    result.detail = "exit code 1";
    EXPECT_EQ(find_cause(catalog.value->causes, cell, seen, result).signature, each.signature)
        << each.text;
  }
}

TEST(RecordedCauses, ARuleForOldVersionsLeavesNewOnesAlone) {
  const auto catalog = load_catalog(TESTBED_SOURCE_DIR);
  ASSERT_TRUE(catalog.value.has_value());
  Cell cell;
  cell.sandbox.version = "20260701";
  CheckEvidence seen;
  seen.argv = {"kubelet"};
  seen.err = "failed to extract layer: failed to mount /x: invalid argument";
  CheckResult result;
  result.observed = Observed::Fail;
  EXPECT_TRUE(
      find_cause(catalog.value->causes, cell, seen, result).signature.starts_with("unknown:"));
}

}  // namespace
}  // namespace testbed
