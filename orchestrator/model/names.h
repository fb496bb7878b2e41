#pragma once

#include <optional>
#include <string_view>

namespace testbed {

// What happened. Written once and never edited afterwards; only verdicts depend on expectations.
enum class Observed {
  Pass,     // the check finished and held
  Fail,     // the check finished and did not hold
  Crash,    // the workload or the sandbox died
  Timeout,  // a limit passed while something still moved
  Hang,     // a limit passed and nothing moved, or the sandbox does not answer
  Error,    // the scenario or a component is at fault
  Infra,    // the test bed or the machine is at fault
  Skip,     // not applicable, with a reason
  Pending,  // planned and not run
};

// What happened, judged against what was expected.
enum class Verdict { Ok, Xfail, XfailChanged, Xpass, Unexpected, Flaky, Inconclusive, None };

// What became of a cell or of a side check between two results.
enum class Change {
  Regressed,      // held, and holds no more; or the ladder ends at a lower rung
  Fixed,          // did not hold, and holds
  Changed,        // red in both, further up or with another signature
  New,            // only in the second
  Gone,           // only in the first
  NotComparable,  // one of the two says nothing about the thing under test, or asks other questions
  Same,
};
inline constexpr Change kChanges[] = {Change::Regressed, Change::Fixed, Change::Changed,
                                      Change::New,       Change::Gone,  Change::NotComparable,
                                      Change::Same};

// fail, crash, timeout or hang: a finding about the thing under test.
bool is_red(Observed observed);

// The words of product and record: "pass", "xfail-changed".
std::string_view name_of(Observed observed);
std::string_view name_of(Verdict verdict);
std::string_view name_of(Change change);  // "not-comparable"
std::optional<Observed> find_observed(std::string_view name);
std::optional<Verdict> find_verdict(std::string_view name);
std::optional<Change> find_change(std::string_view name);

}  // namespace testbed
