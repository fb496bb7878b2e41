#include "orchestrator/record/log_reader.h"

#include <gtest/gtest.h>

#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

constexpr const char* kHeader =
    R"({"event":"run-started","run":"r","planned":[{"cell":"s/a"},{"cell":"s/b"}]})"
    "\n";
constexpr const char* kEnd = R"({"event":"run-finished","complete":true,"exit_code":0})"
                             "\n";

std::string passed(const std::string& cell) {
  return R"({"event":"cell-finished","cell":")" + cell +
         R"(","outcome":{"observed":"pass","verdict":"ok"},"attempts":[{"observed":"pass"}]})" +
         "\n";
}

testbed::Run read(const std::string& text, std::size_t piece = 7) {
  LogReader reader("log");
  for (std::size_t at = 0; at < text.size(); at += piece)
    reader.add(std::string_view(text).substr(at, piece));
  return reader.finish().value();
}

TEST(LogReader, PiecesOfAnySizeGiveTheSameRun) {
  const std::string text = kHeader + passed("s/a") + passed("s/b") + kEnd;
  for (const std::size_t piece : {1, 2, 64, 100'000}) {
    const testbed::Run run = read(text, piece);
    EXPECT_EQ(run.results.size(), 2u);
    EXPECT_TRUE(run.complete);
    EXPECT_TRUE(run.missing.empty());
  }
}

TEST(LogReader, AResultBeforeTheHeaderCountsAndIsTold) {
  const testbed::Run run = read(passed("s/a") + kHeader + passed("s/b") + kEnd);
  EXPECT_EQ(run.results.size(), 2u);
  EXPECT_FALSE(run.complete);
  ASSERT_EQ(run.missing.size(), 1u);
  EXPECT_EQ(run.missing[0], "log:1: not the header of a run");
}

TEST(LogReader, ALineThatIsThereTwiceAddsNoAttempt) {
  const testbed::Run run = read(kHeader + passed("s/a") + passed("s/a") + kEnd);
  EXPECT_EQ(run.find("s/a")->attempts.size(), 1u);
  EXPECT_EQ(run.missing.at(0), "log:3: the line is there twice");
}

TEST(LogReader, WhatIsNotPlannedIsNoResult) {
  const testbed::Run run = read(kHeader + passed("s/x\x1b[2J") + kEnd);
  EXPECT_TRUE(run.results.empty());
  EXPECT_EQ(run.missing.at(0).find('\x1b'), std::string::npos);
}

TEST(LogReader, ASecondHeaderASecondEndAndACellPlannedTwiceChangeNothing) {
  const std::string twice =
      R"({"event":"run-started","run":"r","planned":[{"cell":"s/a"},{"cell":"s/a"}]})"
      "\n";
  const testbed::Run run = read(twice + kHeader + kEnd + kEnd);
  EXPECT_EQ(run.planned.size(), 1u);
  EXPECT_EQ(run.missing.size(), 3u);
}

TEST(LogReader, InvalidUtf8IsReplacedAndTheRestOfTheLineCounts) {
  std::string line = passed("s/a");
  line.insert(line.find("\"observed\""), "\"reason\":\"\xff\xfe\",");
  const testbed::Run run = read(kHeader + line + kEnd);
  ASSERT_NE(run.find("s/a"), nullptr);
  EXPECT_EQ(run.find("s/a")->outcome.reason, "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(run.missing.at(0), "log:2: invalid UTF-8 was replaced");
}

TEST(LogReader, ALineThatIsTooLongIsPassedOver) {
  LogReader reader("log");
  reader.add(kHeader);
  reader.add("{\"event\":\"cell-finished\",\"cell\":\"");
  const std::string piece(std::size_t{1} << 20, 'x');
  for (std::size_t i = 0; i <= kLongestLine / piece.size(); ++i) reader.add(piece);
  reader.add("\"}\n" + passed("s/b") + kEnd);
  const testbed::Run run = reader.finish().value();
  EXPECT_EQ(run.results.size(), 1u);
  EXPECT_EQ(run.missing.at(0), "log:2: the line is too long");
}

TEST(LogReader, ManyProblemsAreCounted) {
  std::string text = kHeader;
  for (int i = 0; i < 1000; ++i) text += "{\n";
  const testbed::Run run = read(text + kEnd);
  EXPECT_EQ(run.missing.size(), 21u);
  EXPECT_EQ(run.missing.back(), "log: and 980 more");
}

TEST(LogReader, ASecondPassChangesNoOutcome) {
  const std::string again =
      R"({"event":"second-pass-finished","cell":"s/a","check":"low","attempt":{"observed":"fail"}})"
      "\n";
  const testbed::Run run = read(kHeader + passed("s/a") + passed("s/b") + again + kEnd);
  EXPECT_TRUE(run.complete);
  EXPECT_EQ(run.find("s/a")->outcome.verdict, Verdict::Ok);
  EXPECT_EQ(run.find("s/a")->attempts.size(), 1u);
  EXPECT_EQ(run.second_passes.at("s/a").attempt.observed, Observed::Fail);
  EXPECT_EQ(read(kHeader + passed("s/a") + again + again + kEnd).missing.size(), 1u);
}

TEST(LogReader, NumbersBeyondAllReasonAreKeptWithinBounds) {
  const testbed::Run run = read(
      std::string(kHeader) +
      R"({"event":"cell-finished","cell":"s/a","outcome":{"rungs_reached":1e300,"rungs_total":-7}})" +
      "\n" + R"({"event":"run-finished","exit_code":99999999999999})" + "\n");
  EXPECT_EQ(run.find("s/a")->outcome.rungs_reached, 0);
  EXPECT_EQ(run.find("s/a")->outcome.rungs_total, 0);
  EXPECT_EQ(run.exit_code, 255);
}

}  // namespace
}  // namespace testbed
