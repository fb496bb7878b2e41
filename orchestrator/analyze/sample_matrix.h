#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// A run for the tests of analysis: cells are named by approach and sandbox, and each came to
// something.
class SampleMatrix {
 public:
  static Cause access() {
    return {.signature = "fuse-access-enosys",
            .layer = "fuse server",
            .operation = "FUSE_ACCESS",
            .errno_name = "ENOSYS",
            .object = "/tmp/fuse-cgroup",
            .summary = "the sandbox asked the server FUSE_ACCESS, which it does not handle",
            .remedy = "give the server an access handler",
            .evidence = {"journal line 3: ACCESS -> ENOSYS", "openat(...) = ENOSYS"}};
  }

  static CheckResult check(const std::string& name, Observed observed, bool is_rung) {
    CheckResult check{.name = name,
                      .is_rung = is_rung,
                      .observed = observed,
                      .detail = observed == Observed::Pass ? "" : "openat: ENOSYS",
                      .cause = std::nullopt,
                      .verdict = Verdict::None,
                      .command = "probe readdir /x",
                      .duration = {}};
    if (is_red(observed)) check.cause = access();
    return check;
  }

  // With rungs sandbox-up and listed, and the side check mkdir.
  SampleMatrix& add(const std::string& approach, const std::string& sandbox, Observed listed,
                    Observed mkdir = Observed::Pass) {
    const bool passed = listed == Observed::Pass;
    const std::string id = plan(approach, sandbox);
    Attempt attempt;
    attempt.observed = listed;
    attempt.rung = passed ? "listed" : "sandbox-up";
    attempt.checks = {check("sandbox-up", Observed::Pass, true), check("listed", listed, true),
                      check("mkdir", mkdir, false)};
    CellResult result{.cell = id, .attempts = {attempt}, .outcome = {}};
    result.outcome = {.observed = listed,
                      .verdict = passed ? Verdict::Ok : Verdict::Unexpected,
                      .rung = attempt.rung,
                      .rungs_reached = passed ? 2 : 1,
                      .rungs_total = 2,
                      .reason = passed ? "" : "`listed`: openat: ENOSYS",
                      .cause = attempt.checks[1].cause,
                      .expected = "every rung passes"};
    run_.results.insert_or_assign(id, result);
    return *this;
  }

  // A cell without a result. Returns its id.
  std::string plan(const std::string& approach, const std::string& sandbox) {
    std::string id = "s/" + approach + "+" + sandbox;
    run_.planned.push_back({.id = id,
                            .coordinates = {{"approach", approach}, {"sandbox", sandbox}},
                            .rungs = {"sandbox-up", "listed"},
                            .checks = {"mkdir"},
                            .excluded_because = {}});
    return id;
  }

  testbed::Run& run() { return run_; }

 private:
  testbed::Run run_;
};

}  // namespace testbed
