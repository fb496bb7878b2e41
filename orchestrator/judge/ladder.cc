#include "orchestrator/judge/ladder.h"

#include <algorithm>

#include "orchestrator/judge/causes.h"
#include "orchestrator/judge/checks.h"

namespace testbed {
namespace {

const CheckEvidence* find_evidence(const Evidence& evidence, const std::string& name) {
  const auto found = std::find_if(evidence.checks.begin(), evidence.checks.end(),
                                  [&](const CheckEvidence& seen) { return seen.name == name; });
  return found == evidence.checks.end() ? nullptr : &*found;
}

// Stages that follow the start of the sandbox; all others come before it.
bool stands_before_the_sandbox(const StageBreak& broke) {
  constexpr std::string_view kAfter[] = {"component", "checks", "close"};
  return std::find(std::begin(kAfter), std::end(kAfter), broke.stage) == std::end(kAfter);
}

CheckResult absent(const CheckSpec& check, Observed observed, std::string detail) {
  return {.name = check.name,
          .is_rung = check.is_rung,
          .observed = observed,
          .detail = std::move(detail),
          .cause = std::nullopt,
          .verdict = Verdict::None,
          .command = {},
          .duration = {}};
}

class Assessment {
 public:
  Assessment(const Cell& cell, const Evidence& evidence, std::span<const CauseRule> rules)
      : cell_(cell), evidence_(evidence), rules_(rules) {}

  Attempt run() {
    attempt_.leftovers = evidence_.leftovers;
    attempt_.start_up = evidence_.start_up;
    attempt_.total = evidence_.total;
    add_sandbox_up();
    for (const CheckSpec& check : cell_.checks) add(check);
    conclude();
    return std::move(attempt_);
  }

 private:
  void add_sandbox_up() {
    CheckSpec up;
    up.name = kSandboxUp;
    CheckResult result = absent(up, Observed::Pass, "");
    result.duration = evidence_.start_up;
    if (evidence_.broke && stands_before_the_sandbox(*evidence_.broke)) break_here(result);
    push(std::move(result));
  }

  // The stage that broke is charged to the first rung that could not be tried.
  void break_here(CheckResult& result) {
    result.observed = evidence_.broke->observed;
    result.detail = evidence_.broke->stage + ": " + evidence_.broke->message;
    if (is_red(result.observed)) result.cause = find_cause(rules_, cell_, *evidence_.broke);
    charged_ = true;
  }

  void add(const CheckSpec& check) {
    if (const CheckEvidence* seen = find_evidence(evidence_, check.name)) {
      CheckResult result = assess(check, *seen);
      if (is_red(result.observed)) result.cause = find_cause(rules_, cell_, *seen, result);
      return push(std::move(result));
    }
    if (!broken_rung_.empty() && (check.is_rung || evidence_.broke)) {
      const bool pending = broken_observed_ == Observed::Pending;
      return push(absent(check, pending ? Observed::Pending : Observed::Skip,
                         pending ? "not run" : "`" + broken_rung_ + "` did not pass"));
    }
    CheckResult result = absent(check, Observed::Pending, "not run");
    if (evidence_.broke && !charged_ && check.is_rung) break_here(result);
    push(std::move(result));
  }

  void push(CheckResult result) {
    if (result.is_rung && result.observed != Observed::Pass && broken_rung_.empty()) {
      broken_rung_ = result.name;
      broken_observed_ = result.observed;
    }
    attempt_.checks.push_back(std::move(result));
  }

  void conclude() {
    attempt_.observed = Observed::Pass;
    for (const CheckResult& check : attempt_.checks) {
      if (!check.is_rung) continue;
      if (check.observed == Observed::Pass) {
        attempt_.rung = check.name;
        continue;
      }
      attempt_.observed = check.observed;
      attempt_.reason = "`" + check.name + "`: " + check.detail;
      attempt_.cause = check.cause;
      return;
    }
    if (evidence_.broke && !charged_) break_whole();
  }

  // Every rung passed, and then something broke: what was seen is not all there is to see, so the
  // attempt does not count as passed.
  void break_whole() {
    attempt_.observed = evidence_.broke->observed;
    attempt_.reason = evidence_.broke->stage + ": " + evidence_.broke->message;
    if (is_red(attempt_.observed)) attempt_.cause = find_cause(rules_, cell_, *evidence_.broke);
  }

  const Cell& cell_;
  const Evidence& evidence_;
  const std::span<const CauseRule> rules_;
  Attempt attempt_;
  std::string broken_rung_;
  Observed broken_observed_ = Observed::Pass;
  bool charged_ = false;
};

}  // namespace

Attempt assess_attempt(const Cell& cell, const Evidence& evidence,
                       std::span<const CauseRule> rules) {
  return Assessment(cell, evidence, rules).run();
}

}  // namespace testbed
