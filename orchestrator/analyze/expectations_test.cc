#include "orchestrator/analyze/expectations.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

// "approach=a sandbox=>=1,native: listed fuse-access-enosys"
std::vector<std::string> lines(const Shown& shown) {
  std::vector<std::string> out;
  for (const ExpectationRow& row : shown.rows) {
    std::string line;
    for (const auto& [axis, values] : row.where) {
      line += axis + "=";
      for (const std::string& value : values) line += value + ",";
      line.back() = ' ';
    }
    out.push_back(line + (row.check.empty() ? row.reaches : "check " + row.check) + " " +
                  row.signature);
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(ExpectationsOf, VersionsWithOneResultBecomeARange) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Pass)
      .add("a", "runsc-20221219", Observed::Pass)
      .add("a", "runsc-20230715", Observed::Fail)
      .add("a", "runsc-20240722", Observed::Fail)
      .add("a", "runsc-20260701", Observed::Pass);
  EXPECT_EQ(lines(expectations_of({matrix.run()}, {})),
            Lines{"approach=a sandbox=>=20230715 <20260701 sandbox-up fuse-access-enosys"});
}

TEST(ExpectationsOf, ARangeIsOpenAtTheEndsAndPlatformsStandByName) {
  SampleMatrix matrix;
  matrix.add("a", "runsc-20221219", Observed::Fail)
      .add("a", "runsc-20240722", Observed::Pass)
      .add("b", "runsc-20221219", Observed::Fail)
      .add("b", "runsc-20240722", Observed::Fail)
      .add("c", "runsc-20240722+kvm", Observed::Hang)
      .add("c", "native", Observed::Pass);
  EXPECT_EQ(lines(expectations_of({matrix.run()}, {})),
            (Lines{"approach=a sandbox=<20240722 sandbox-up fuse-access-enosys",
                   "approach=b sandbox=>=20221219 sandbox-up fuse-access-enosys",
                   "approach=c sandbox=runsc-20240722+kvm sandbox-up fuse-access-enosys"}));
}

TEST(ExpectationsOf, ApproachesThatAgreeShareARow) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail).add("b", "native", Observed::Fail);
  EXPECT_EQ(lines(expectations_of({matrix.run()}, {})),
            Lines{"approach=a,b sandbox=native sandbox-up fuse-access-enosys"});
}

TEST(ExpectationsOf, SideChecksHaveRowsOfTheirOwn) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Pass, Observed::Fail);
  EXPECT_EQ(lines(expectations_of({matrix.run()}, {})),
            Lines{"approach=a sandbox=native check mkdir fuse-access-enosys"});
}

TEST(ExpectationsOf, HarnessTroubleIsNothingToExpect) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Infra);
  matrix.plan("b", "native");
  const Shown shown = expectations_of({matrix.run()}, {});
  EXPECT_TRUE(shown.rows.empty());
  EXPECT_EQ(shown.silent.size(), 2u);
}

TEST(ExpectationsOf, RunsThatDisagreeSayNothing) {
  SampleMatrix first, second;
  first.add("a", "native", Observed::Fail);
  second.add("a", "native", Observed::Pass);
  EXPECT_TRUE(expectations_of({first.run(), second.run()}, {}).rows.empty());
}

TEST(ExpectationsOf, TheReasonIsThatOfAnOldExpectationOrOfTheCause) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail);
  Expectation old;
  old.signature = "fuse-access-enosys";
  old.because = "as we know";
  EXPECT_EQ(expectations_of({matrix.run()}, {old}).rows.at(0).because, "as we know");
  EXPECT_EQ(expectations_of({matrix.run()}, {}).rows.at(0).because,
            "the sandbox asked the server FUSE_ACCESS, which it does not handle");
}

TEST(ExpectationsOf, AnExpectationWhoseCellsAllPassIsObsolete) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Pass);
  Expectation old;
  old.where["approach"].values = {"a"};
  old.because = "it was so";
  EXPECT_EQ(expectations_of({matrix.run()}, {old}).obsolete.size(), 1u);
  old.where["approach"].values = {"b"};
  EXPECT_TRUE(expectations_of({matrix.run()}, {old}).obsolete.empty()) << "nobody ran it";
}

}  // namespace
}  // namespace testbed
