#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// A run that has a cell of every kind, for the tests of reports.
class SampleRun {
 public:
  SampleRun() {
    run_.id = "20261124-020600-exp07-4f3a";
    run_.scenario = "exp07";
    run_.question = "Does a FUSE cgroup file system serve its files inside gVisor?";
    run_.axes = {{"sandbox", {"native", "runsc-20221219", "runsc-20240722", "runsc-20260701"}, {}},
                 {"approach", {"fuse-cgroup-bare", "fuse-cgroup"}, {}}};
    run_.started = "2026-11-24T02:06:00Z";
    run_.finished = "2026-11-24T02:07:30Z";
    run_.complete = true;
    run_.exit_code = 1;
    run_.provenance.kernel = "6.12.0";
  }

  // A cell that got as far as `rung` of sandbox-up, mounted, listed, read.
  CellResult& add(const std::string& approach, const std::string& sandbox, Outcome outcome) {
    const std::string id = run_.scenario + "/" + approach + "+" + sandbox;
    run_.planned.push_back({.id = id,
                            .coordinates = {{"approach", approach}, {"sandbox", sandbox}},
                            .rungs = {"sandbox-up", "mounted", "listed", "read"},
                            .checks = {"coreutils-ls"},
                            .excluded_because = {}});
    CellResult result{.cell = id, .attempts = {Attempt{}}, .outcome = std::move(outcome)};
    result.attempts[0].total = microseconds(1'234'567);
    return run_.results[id] = std::move(result);
  }

  static Outcome passed() {
    return {Observed::Pass, Verdict::Ok, "read", 4, 4, "", {}, "every rung passes"};
  }
  static Outcome red(Verdict verdict) {
    return {Observed::Fail,
            verdict,
            "mounted",
            2,
            4,
            "`listed`: getdents64: ENOSYS",
            access_cause(),
            "reaches mounted, fuse-access-enosys: the server has no access handler"};
  }
  static Cause access_cause() {
    return {"fuse-access-enosys",
            "fuse server",
            "FUSE_ACCESS",
            "ENOSYS",
            "/tmp/fuse-cgroup",
            "The sandbox asked the server FUSE_ACCESS, which it does not handle.",
            "Give the server an access handler, or mount with default_permissions.",
            {"cgroupfs journal: ACCESS -> ENOSYS"}};
  }
  static CheckResult red_ls() {
    Cause cause = access_cause();
    cause.signature = "statx-no-automount";
    cause.summary = "coreutils 9 passes AT_NO_AUTOMOUNT to statx().";
    cause.remedy = "Use a newer runsc.";
    return {"coreutils-ls",   false,          Observed::Fail, "exit code 1",
            std::move(cause), Verdict::Xfail, "ls -la /cg/",  microseconds(10)};
  }

  // Passed, with what it used: `times` what another one used.
  static Attempt measured(int times) {
    Attempt attempt;
    attempt.observed = Observed::Pass;
    attempt.rung = "read";
    attempt.total = microseconds(1'234'567);
    const auto add = [&](const char* rung, std::optional<GroupUse> use) {
      attempt.checks.push_back({.name = rung,
                                .is_rung = true,
                                .observed = Observed::Pass,
                                .detail = {},
                                .cause = std::nullopt,
                                .verdict = Verdict::None,
                                .command = {},
                                .duration = microseconds(200'000 * times),
                                .use = use});
    };
    add("sandbox-up", std::nullopt);
    add("mounted", GroupUse{.processor = microseconds(50'000 * times),
                            .memory = std::uint64_t{8'388'608} * static_cast<unsigned>(times)});
    return attempt;
  }

  static SecondPass second_pass() {
    CheckResult listed{"listed", true,          Observed::Fail, "getdents64: ENOSYS",
                       {},       Verdict::None, "ls /cg/",      microseconds(9)};
    return {.check = "listed",
            .attempt = {.observed = Observed::Fail,
                        .rung = "mounted",
                        .reason = "`listed`: getdents64: ENOSYS",
                        .cause = access_cause(),
                        .checks = {listed},
                        .leftovers = {}},
            .folder = "cells/fuse-cgroup+runsc-20221219/second-pass-listed",
            .calls = 57,
            .failed = {"ls: openat(AT_FDCWD /, /cg, O_RDONLY|O_DIRECTORY, 0o0) = ENOSYS"},
            .waits = {},
            .notes = {},
            .difference = CallDifference{
                .neighbour = "exp07/fuse-cgroup+runsc-20240722",
                .process = "ls",
                .here = "openat(AT_FDCWD /, /cg, O_RDONLY|O_DIRECTORY, 0o0) = ENOSYS",
                .there = "openat(AT_FDCWD /, /cg, O_RDONLY|O_DIRECTORY, 0o0) = 3",
                .alike = 41,
                .without_consequence = {"rseq(0x20, 0x0) = ENOSYS; there rseq(0x20, 0x0) = 0"}}};
  }

  testbed::Run& run() { return run_; }

  // The matrix of the golden files.
  static testbed::Run whole() {
    SampleRun sample;
    sample.add("fuse-cgroup-bare", "native", passed());
    sample.add("fuse-cgroup-bare", "runsc-20221219", passed())
        .attempts[0]
        .checks.push_back(red_ls());
    sample.add("fuse-cgroup-bare", "runsc-20240722", red(Verdict::Xfail));
    sample.add("fuse-cgroup-bare", "runsc-20260701", red(Verdict::Xfail));
    sample.add("fuse-cgroup", "native", passed()).attempts[0] = measured(1);
    sample.add("fuse-cgroup", "runsc-20221219", red(Verdict::Unexpected));
    sample.add("fuse-cgroup", "runsc-20240722",
               {Observed::Infra,
                Verdict::Inconclusive,
                "",
                0,
                4,
                "`sandbox-up`: bundle: write /x: ENOSPC (No space left on device)",
                {},
                ""});
    sample.run_.second_passes["exp07/fuse-cgroup+runsc-20221219"] = second_pass();
    sample.add(
        "fuse-cgroup", "runsc-20260701",
        {Observed::Skip, Verdict::None, "", 0, 4, "runsc 20260701 is not to be had", {}, ""});
    return sample.run_;
  }

 private:
  testbed::Run run_;
};

}  // namespace testbed
