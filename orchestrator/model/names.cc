#include "orchestrator/model/names.h"

#include <array>
#include <utility>

namespace testbed {
namespace {

constexpr std::array<std::pair<Observed, std::string_view>, 9> kObserved{{
    {Observed::Pass, "pass"},
    {Observed::Fail, "fail"},
    {Observed::Crash, "crash"},
    {Observed::Timeout, "timeout"},
    {Observed::Hang, "hang"},
    {Observed::Error, "error"},
    {Observed::Infra, "infra"},
    {Observed::Skip, "skip"},
    {Observed::Pending, "pending"},
}};

constexpr std::array<std::pair<Verdict, std::string_view>, 8> kVerdicts{{
    {Verdict::Ok, "ok"},
    {Verdict::Xfail, "xfail"},
    {Verdict::XfailChanged, "xfail-changed"},
    {Verdict::Xpass, "xpass"},
    {Verdict::Unexpected, "unexpected"},
    {Verdict::Flaky, "flaky"},
    {Verdict::Inconclusive, "inconclusive"},
    {Verdict::None, "none"},
}};

constexpr std::array<std::pair<Change, std::string_view>, 7> kChangeNames{{
    {Change::Regressed, "regressed"},
    {Change::Fixed, "fixed"},
    {Change::Changed, "changed"},
    {Change::New, "new"},
    {Change::Gone, "gone"},
    {Change::NotComparable, "not-comparable"},
    {Change::Same, "same"},
}};

template <class Table, class Key>
std::string_view find_name(const Table& table, Key key) {
  for (const auto& [value, name] : table) {
    if (value == key) return name;
  }
  return "?";
}

template <class Enum, class Table>
std::optional<Enum> find_value(const Table& table, std::string_view wanted) {
  for (const auto& [value, name] : table) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

bool is_red(Observed observed) {
  return observed == Observed::Fail || observed == Observed::Crash ||
         observed == Observed::Timeout || observed == Observed::Hang;
}

std::string_view name_of(Observed observed) { return find_name(kObserved, observed); }
std::string_view name_of(Verdict verdict) { return find_name(kVerdicts, verdict); }
std::string_view name_of(Change change) { return find_name(kChangeNames, change); }
std::optional<Observed> find_observed(std::string_view name) {
  return find_value<Observed>(kObserved, name);
}
std::optional<Verdict> find_verdict(std::string_view name) {
  return find_value<Verdict>(kVerdicts, name);
}
std::optional<Change> find_change(std::string_view name) {
  return find_value<Change>(kChangeNames, name);
}

}  // namespace testbed
