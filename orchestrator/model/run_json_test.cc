#include "orchestrator/model/run_json.h"

#include <gtest/gtest.h>

namespace testbed {
namespace {

CellResult red_cell() {
  const Cause cause{.signature = "s",
                    .layer = "l",
                    .operation = "o",
                    .errno_name = "ENOSYS",
                    .object = "/x",
                    .summary = "why",
                    .remedy = "do",
                    .evidence = {"line"}};
  const CheckResult check{.name = "listed",
                          .is_rung = false,
                          .observed = Observed::Fail,
                          .detail = "d",
                          .cause = cause,
                          .verdict = Verdict::Xfail,
                          .command = "probe readdir /x",
                          .duration = microseconds(7)};
  return {.cell = "a/b",
          .attempts = {{.observed = Observed::Fail,
                        .rung = "mounted",
                        .reason = "r",
                        .cause = cause,
                        .checks = {check},
                        .leftovers = {"pid 3"},
                        .start_up = microseconds(1),
                        .total = microseconds(2)}},
          .outcome = {.observed = Observed::Fail,
                      .verdict = Verdict::Xfail,
                      .rung = "mounted",
                      .rungs_reached = 2,
                      .rungs_total = 4,
                      .reason = "r",
                      .cause = cause,
                      .expected = "e"}};
}

TEST(RunJson, ACellReadsBackAsItWasWritten) {
  const json::object written = to_json(red_cell());
  EXPECT_EQ(to_json(cell_result_from_json(written).value()), written);
}

TEST(RunJson, ASecondPassReadsBackAsItWasWritten) {
  const SecondPass pass{.check = "listed",
                        .attempt = red_cell().attempts[0],
                        .folder = "cells/b/second-pass-listed",
                        .calls = 57,
                        .failed = {"ls: openat() = ENOSYS"},
                        .waits = "ls: read()",
                        .notes = {"no goroutines"},
                        .difference = CallDifference{.neighbour = "a/c",
                                                     .process = "ls",
                                                     .here = "x() = ENOSYS",
                                                     .there = "x() = 0",
                                                     .alike = 41,
                                                     .without_consequence = {"rseq"}}};
  const json::object written = to_json(pass);
  EXPECT_EQ(to_json(second_pass_from_json(written).value()), written);
}

TEST(RunJson, AHeaderReadsBackAsItWasWritten) {
  testbed::Run run;
  run.id = "r1";
  run.axes = {{.name = "sandbox", .values = {"native"}, .also = {}}};
  run.provenance.digests = {{"scenario", "abc"}};
  run.provenance.memory_bytes = 5;
  run.planned = {{.id = "a/b",
                  .coordinates = {{"sandbox", "native"}},
                  .rungs = {"up"},
                  .checks = {"ls"},
                  .excluded_because = "no"}};
  const json::object written = header_to_json(run);
  EXPECT_EQ(header_to_json(header_from_json(parse_json(to_line(written)).value()).value()),
            written);
}

TEST(RunJson, MissingMembersKeepTheirDefaults) {
  const CellResult result = cell_result_from_json(parse_json(R"({"cell":"x"})").value()).value();
  EXPECT_EQ(result.outcome.observed, Observed::Pending);
  EXPECT_TRUE(result.attempts.empty());
}

}  // namespace
}  // namespace testbed
