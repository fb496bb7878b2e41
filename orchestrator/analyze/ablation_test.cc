#include "orchestrator/analyze/ablation.h"

#include <gtest/gtest.h>

#include <functional>

namespace testbed {
namespace {

using Truth = std::function<bool(ComponentSet)>;

std::size_t solve(Ablation& ablation, const Truth& suffices) {
  std::size_t asked = 0;
  for (auto sets = ablation.next(); !sets.empty(); sets = ablation.next()) {
    for (const ComponentSet set : sets) {
      ablation.set(set, suffices(set) ? Ablation::Result::Holds : Ablation::Result::Fails);
      ++asked;
    }
  }
  return asked;
}

Truth needs(ComponentSet needed) {
  return [needed](ComponentSet set) { return (set & needed) == needed; };
}

TEST(Ablation, FindsTheComponentsThatAreNeeded) {
  for (ComponentSet needed = 0; needed < 64; ++needed) {
    Ablation ablation(6);
    solve(ablation, needs(needed));
    EXPECT_EQ(ablation.smallest(), needed);
  }
}

TEST(Ablation, EveryProperSubsetOfASmallSetIsRefuted) {
  Ablation ablation(6);
  solve(ablation, needs(0b010101));
  EXPECT_EQ(ablation.refuted(), 7u);
}

TEST(Ablation, EitherOfTwoComponentsCanBeEnough) {
  Ablation ablation(3);
  solve(ablation, [](ComponentSet set) { return (set & 0b011) != 0; });
  EXPECT_EQ(count_of(ablation.smallest()), 1u);
}

TEST(Ablation, OfSeveralSetsThatSufficeOneIsFoundOfWhichNothingCanGo) {
  // 1 works only together with 2; 4 alone works too.
  const Truth suffices = [](ComponentSet set) { return (set & 4) != 0 || (set & 3) == 3; };
  Ablation ablation(3);
  solve(ablation, suffices);
  const ComponentSet found = ablation.smallest();
  EXPECT_TRUE(suffices(found));
  for (ComponentSet part = 0; part < 8; ++part) {
    if (part != found && (part & ~found) == 0) {
      EXPECT_FALSE(suffices(part)) << part;
    }
  }
}

TEST(Ablation, AWholeThatDoesNotSufficeEndsTheSearch) {
  Ablation ablation(3);
  EXPECT_EQ(solve(ablation, [](ComponentSet) { return false; }), 4u);
  EXPECT_FALSE(*ablation.suffices());
}

TEST(Ablation, WhatSaysNothingIsToldApart) {
  Ablation ablation(1);
  ablation.set(1, Ablation::Result::Holds);
  ablation.set(0, Ablation::Result::Silent);
  EXPECT_TRUE(ablation.next().empty());
  EXPECT_EQ(ablation.refuted(), 0u);
  EXPECT_EQ(ablation.silent(), std::vector<ComponentSet>{0});
}

}  // namespace
}  // namespace testbed
