#include "orchestrator/analyze/bisection.h"

#include <gtest/gtest.h>

#include "orchestrator/analyze/sample_matrix.h"

namespace testbed {
namespace {

using State = Mark::State;

// Answers as `truth` says: h holds, f fails, s silent. Returns how many were asked.
std::size_t solve(Bisection& bisection, const std::string& truth) {
  std::size_t asked = 0;
  for (auto wanted = bisection.next(); !wanted.empty(); wanted = bisection.next()) {
    for (const std::size_t at : wanted) {
      const State state = truth[at] == 'h'   ? State::Holds
                          : truth[at] == 'f' ? State::Fails
                                             : State::Silent;
      bisection.set(at, {.state = state, .attempts = 1, .agreeing = 1});
      ++asked;
    }
  }
  return asked;
}

TEST(Bisection, FindsTheChangeInAboutTheLogarithmOfProbes) {
  for (std::size_t change = 1; change < 64; ++change) {
    Bisection bisection(64);
    EXPECT_LE(solve(bisection, std::string(change, 'h') + std::string(64 - change, 'f')), 8u);
    const auto place = bisection.place();
    ASSERT_TRUE(place.has_value());
    EXPECT_EQ(place->before, change - 1);
    EXPECT_EQ(place->after, change);
  }
}

TEST(Bisection, ReportsARangeWhereSomeCannotBeHad) {
  Bisection bisection(7);
  solve(bisection, "hhsssff");
  ASSERT_TRUE(bisection.place().has_value());
  EXPECT_EQ(bisection.place()->before, 1u);
  EXPECT_EQ(bisection.place()->after, 5u);
}

TEST(Bisection, EndsThatSayNothingMoveInwards) {
  Bisection bisection(5);
  solve(bisection, "shfss");
  ASSERT_TRUE(bisection.place().has_value());
  EXPECT_EQ(bisection.place()->before, 1u);
  EXPECT_EQ(bisection.place()->after, 2u);
}

TEST(Bisection, WithEqualEndsThereIsNoPlace) {
  Bisection bisection(5);
  EXPECT_EQ(solve(bisection, "hhhhh"), 2u);
  EXPECT_TRUE(bisection.is_uniform());
  EXPECT_FALSE(bisection.place().has_value());
  Bisection silent(3);
  solve(silent, "sss");
  EXPECT_TRUE(silent.is_uniform());
}

TEST(MarkOf, ARungAboveTheOneThatBrokeDoesNotHold) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail);
  CellResult result = matrix.run().results.at("s/a+native");
  EXPECT_EQ(mark_of(result, "").state, State::Fails);
  EXPECT_EQ(mark_of(result, "sandbox-up").state, State::Holds);
  EXPECT_EQ(mark_of(result, "mkdir").state, State::Holds);
  result.attempts[0].checks.insert(result.attempts[0].checks.begin() + 2,
                                   SampleMatrix::check("read", Observed::Skip, true));
  EXPECT_EQ(mark_of(result, "read").state, State::Fails);
}

TEST(MarkOf, AttemptsThatDisagreeAndHarnessTroubleSayNothing) {
  SampleMatrix matrix;
  matrix.add("a", "native", Observed::Fail).add("b", "native", Observed::Infra);
  CellResult result = matrix.run().results.at("s/a+native");
  result.attempts.push_back(result.attempts[0]);
  EXPECT_EQ(mark_of(result, "").agreeing, 2);
  result.attempts[1].observed = Observed::Pass;
  EXPECT_EQ(mark_of(result, "").state, State::Silent);
  EXPECT_EQ(mark_of(result, "").note, "attempts disagree: 1 of 2 hold");
  EXPECT_EQ(mark_of(matrix.run().results.at("s/b+native"), "").state, State::Silent);
}

}  // namespace
}  // namespace testbed
