#include "orchestrator/analyze/clusters.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

TEST(Clusters, TheSameSignatureIsOneTroubleOverCellsChecksAndRuns) {
  SampleMatrix first, second;
  first.add("a", "runsc-20240722", Observed::Fail, Observed::Fail);
  first.run().id = "1";
  second.add("a", "runsc-20240722", Observed::Fail).add("a", "native", Observed::Pass);
  second.run().id = "2";
  Clusters clusters;
  clusters.add(first.run());
  clusters.add(second.run());
  const auto all = clusters.largest_first();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].signature, "fuse-access-enosys");
  EXPECT_EQ(all[0].cells, 3);
  EXPECT_EQ(all[0].runs, (std::set<std::string>{"1", "2"}));
  EXPECT_EQ(all[0].places, std::set<std::string>{"a on runsc-20240722"});
  EXPECT_EQ(all[0].checks, (std::map<std::string, int>{{"listed", 2}, {"mkdir", 1}}));
}

TEST(Clusters, WhereNoRuleKnowsTheCauseWhatWasSeenTellsItApartButNotItsNumbers) {
  SampleMatrix matrix;
  const auto unknown = [&](const std::string& approach, const std::string& seen) {
    matrix.add(approach, "native", Observed::Fail);
    Outcome& outcome = matrix.run().results.at("s/" + approach + "+native").outcome;
    Cause cause;
    cause.signature = "unknown:sh:exit-1";
    outcome.cause = cause;
    outcome.reason = seen;
  };
  unknown("a", "`listed`: process 4711 gave up after 20 s");
  unknown("b", "`listed`: process 12 gave up after 1 s");
  unknown("c", "`listed`: no such file");
  Clusters clusters;
  clusters.add(matrix.run());
  const auto all = clusters.largest_first();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].cells, 2);
  EXPECT_EQ(all[1].seen, "`listed`: no such file");
}

}  // namespace
}  // namespace testbed
