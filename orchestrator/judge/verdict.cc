#include "orchestrator/judge/verdict.h"

#include <algorithm>
#include <array>
#include <functional>

#include "orchestrator/judge/confidence.h"

namespace testbed {
namespace {

// From harmless to bad: of several verdicts the last one here is the cell's.
constexpr std::array kSeverity = {Verdict::Ok,           Verdict::Xfail,     Verdict::None,
                                  Verdict::Inconclusive, Verdict::Xpass,     Verdict::Flaky,
                                  Verdict::XfailChanged, Verdict::Unexpected};

std::ptrdiff_t severity(Verdict verdict) {
  return std::find(kSeverity.begin(), kSeverity.end(), verdict) - kSeverity.begin();
}

bool conclusive(const Attempt& attempt) {
  return attempt.observed == Observed::Pass || is_red(attempt.observed);
}

// The first expectation for the ladder (check empty) or for that side check.
const Expectation* find_expectation(const Cell& cell, const std::optional<std::string>& check) {
  const auto found =
      std::find_if(cell.expectations.begin(), cell.expectations.end(),
                   [&](const Expectation& expectation) { return expectation.check == check; });
  return found == cell.expectations.end() ? nullptr : &*found;
}

bool lists(const Expectation* expectation, const std::string& rung) {
  if (expectation == nullptr) return false;
  const std::string wanted = rung.empty() ? kNoRung : rung;
  return std::find(expectation->reaches.begin(), expectation->reaches.end(), wanted) !=
         expectation->reaches.end();
}

bool has_signature(const Expectation& expectation, const OptionalCause& cause) {
  return !expectation.signature || (cause && cause->signature == *expectation.signature);
}

std::string in_words(const Expectation* expectation) {
  if (expectation == nullptr) return "every rung passes";
  std::string text = expectation->check ? "`" + *expectation->check + "` fails" : "reaches ";
  for (std::size_t i = 0; i < expectation->reaches.size(); ++i)
    text += (i ? " or " : "") + expectation->reaches[i];
  if (expectation->signature) text += ", " + *expectation->signature;
  return text + ": " + expectation->because;
}

int rungs_reached(const Attempt& attempt) {
  return static_cast<int>(std::count_if(
      attempt.checks.begin(), attempt.checks.end(),
      [](const CheckResult& check) { return check.is_rung && check.observed == Observed::Pass; }));
}

// The worst: inconclusive ones first count when there is nothing else, then the one that got least
// far.
const Attempt& worst_of(const std::vector<Attempt>& attempts) {
  return *std::min_element(attempts.begin(), attempts.end(),
                           [](const Attempt& a, const Attempt& b) {
                             const auto rank = [](const Attempt& attempt) {
                               return conclusive(attempt) ? rungs_reached(attempt) : 1000;
                             };
                             return rank(a) < rank(b);
                           });
}

bool disagree(const std::vector<Attempt>& attempts) {
  const Attempt* first = nullptr;
  for (const Attempt& attempt : attempts) {
    if (!conclusive(attempt)) continue;
    if (first &&
        (is_red(first->observed) != is_red(attempt.observed) || first->rung != attempt.rung))
      return true;
    if (!first) first = &attempt;
  }
  return false;
}

bool all_listed(const std::vector<Attempt>& attempts, const Expectation* expectation) {
  return std::all_of(attempts.begin(), attempts.end(),
                     [&](const Attempt& attempt) { return lists(expectation, attempt.rung); });
}

// A check that fails natively as well is broken, unless that is what is expected there: then the
// approach is at fault, and its cells can be judged.
bool red_at_the_same_rung(const Attempt& attempt, const Outcome* control) {
  return control && control->verdict != Verdict::Xfail && is_red(attempt.observed) &&
         is_red(control->observed) && control->rung == attempt.rung;
}

// The table of verdicts; the first row that fits decides.
Verdict verdict_of_ladder(const std::vector<Attempt>& attempts, const Attempt& worst,
                          const Expectation* expectation, const Outcome* control) {
  const bool nothing_ran =
      std::all_of(attempts.begin(), attempts.end(), [](const Attempt& attempt) {
        return attempt.observed == Observed::Skip || attempt.observed == Observed::Pending;
      });
  if (nothing_ran) return Verdict::None;
  if (std::none_of(attempts.begin(), attempts.end(), conclusive)) return Verdict::Inconclusive;
  if (red_at_the_same_rung(worst, control)) return Verdict::Inconclusive;
  if (disagree(attempts) && !all_listed(attempts, expectation)) return Verdict::Flaky;
  const bool expects_top = expectation == nullptr || expectation->reaches.empty();
  if (worst.observed == Observed::Pass)
    return expects_top || lists(expectation, worst.rung) ? Verdict::Ok : Verdict::Xpass;
  if (expects_top) return Verdict::Unexpected;
  if (lists(expectation, worst.rung) && has_signature(*expectation, worst.cause))
    return Verdict::Xfail;
  return Verdict::XfailChanged;
}

Verdict verdict_of_check(const CheckResult& check, const Expectation* expectation) {
  switch (check.observed) {
    case Observed::Skip:
    case Observed::Pending:
      return Verdict::None;
    case Observed::Error:
    case Observed::Infra:
      return Verdict::Inconclusive;
    case Observed::Pass:
      return expectation ? Verdict::Xpass : Verdict::Ok;
    case Observed::Fail:
    case Observed::Crash:
    case Observed::Timeout:
    case Observed::Hang:
      break;
  }
  if (expectation == nullptr) return Verdict::Unexpected;
  return has_signature(*expectation, check.cause) ? Verdict::Xfail : Verdict::XfailChanged;
}

Outcome nothing_to_judge(const Cell& cell) {
  const bool excluded = !cell.excluded_because.empty();
  return {.observed = excluded ? Observed::Skip : Observed::Pending,
          .verdict = Verdict::None,
          .rung = {},
          .rungs_reached = 0,
          .rungs_total = static_cast<int>(rungs_of(cell).size()),
          .reason = excluded ? "excluded: " + cell.excluded_because : "not run",
          .cause = std::nullopt,
          .expected = {}};
}

// How often that which comes and goes came, before what was seen when it did not.
std::string flaky_reason(const std::vector<Attempt>& attempts,
                         const std::function<bool(const Attempt&)>& passes,
                         const std::string& reason) {
  int all = 0, passed = 0;
  for (const Attempt& attempt : attempts) {
    if (!conclusive(attempt)) continue;
    ++all;
    passed += passes(attempt);
  }
  return passed_in_words(passed, all) + "; else " + reason;
}

bool has_passed(const Attempt& attempt, const std::string& check) {
  return std::any_of(attempt.checks.begin(), attempt.checks.end(), [&](const CheckResult& result) {
    return result.name == check && result.observed == Observed::Pass;
  });
}

// Red here and passed in another attempt.
bool comes_and_goes(const std::vector<Attempt>& attempts, const CheckResult& red) {
  return is_red(red.observed) &&
         std::any_of(attempts.begin(), attempts.end(),
                     [&](const Attempt& attempt) { return has_passed(attempt, red.name); });
}

// Side checks never make a cell better, and an expected failure of one does not make it worse.
void judge_side_checks(const Cell& cell, std::vector<Attempt>& attempts, Outcome& outcome) {
  for (Attempt& attempt : attempts) {
    for (CheckResult& check : attempt.checks) {
      if (check.is_rung) continue;
      check.verdict = comes_and_goes(attempts, check)
                          ? Verdict::Flaky
                          : verdict_of_check(check, find_expectation(cell, check.name));
      const bool counts = check.verdict != Verdict::Xfail && check.verdict != Verdict::None;
      if (!counts || severity(check.verdict) <= severity(outcome.verdict)) continue;
      outcome.verdict = check.verdict;
      outcome.reason = "check `" + check.name + "` " + std::string(name_of(check.observed)) +
                       (check.detail.empty() ? "" : ": " + check.detail);
      if (check.verdict == Verdict::Flaky) {
        outcome.reason = flaky_reason(
            attempts, [&](const Attempt& one) { return has_passed(one, check.name); },
            outcome.reason);
      }
      if (!outcome.cause) outcome.cause = check.cause;
      const Expectation* expectation = find_expectation(cell, check.name);
      outcome.expected = expectation ? in_words(expectation) : "`" + check.name + "` passes";
    }
  }
}

}  // namespace

CellResult judge_cell(const Cell& cell, std::vector<Attempt> attempts, const Outcome* control) {
  if (attempts.empty()) return {.cell = cell.id, .attempts = {}, .outcome = nothing_to_judge(cell)};
  const Expectation* expectation = find_expectation(cell, std::nullopt);
  const Attempt& worst = worst_of(attempts);
  Outcome outcome{.observed = worst.observed,
                  .verdict = verdict_of_ladder(attempts, worst, expectation, control),
                  .rung = worst.rung,
                  .rungs_reached = rungs_reached(worst),
                  .rungs_total = static_cast<int>(rungs_of(cell).size()),
                  .reason = worst.reason,
                  .cause = worst.cause,
                  .expected = in_words(expectation)};
  if (red_at_the_same_rung(worst, control))
    outcome.reason += "; the control fails there too: the check is broken";
  if (outcome.verdict == Verdict::Flaky) {
    outcome.reason = flaky_reason(
        attempts, [](const Attempt& one) { return one.observed == Observed::Pass; },
        outcome.reason);
  }
  if (outcome.verdict == Verdict::Xpass)
    outcome.reason = "passed, though expected: " + outcome.expected;
  judge_side_checks(cell, attempts, outcome);
  return {.cell = cell.id, .attempts = std::move(attempts), .outcome = std::move(outcome)};
}

}  // namespace testbed
