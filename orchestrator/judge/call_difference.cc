#include "orchestrator/judge/call_difference.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace testbed {
namespace {

constexpr std::array<std::string_view, 16> kWaiting = {
    "futex",     "sched_yield",  "nanosleep",     "clock_nanosleep", "epoll_wait",   "epoll_pwait",
    "poll",      "ppoll",        "select",        "pselect6",        "rt_sigreturn", "madvise",
    "getrusage", "gettimeofday", "clock_gettime", "restart_syscall"};
constexpr std::size_t kWindow = 12;   // calls that one may make and the other not
constexpr std::size_t kAlikeFor = 3;  // so many calls alike: they go on together
constexpr std::size_t kMostPassedOver = 5;

using Calls = std::vector<const TracedCall*>;

Calls that_count(const TracedThread& thread) {
  Calls calls;
  for (const TracedCall& call : thread.calls) {
    const bool waits = std::find(kWaiting.begin(), kWaiting.end(), call.name) != kWaiting.end();
    const bool again = call.outcome == "interrupted" || call.outcome == "EINTR";
    // One that did not return is where the thread is, whatever it waits for.
    if ((!waits && !again) || call.outcome.empty()) calls.push_back(&call);
  }
  return calls;
}

// Whether a call came to the same; how many bytes or which descriptor is not looked at.
bool same_outcome(const TracedCall& a, const TracedCall& b) {
  return a.name == b.name && a.failed == b.failed && a.outcome.empty() == b.outcome.empty() &&
         (!a.failed || a.outcome == b.outcome);
}
bool same_text(const TracedCall& a, const TracedCall& b) { return a.text() == b.text(); }

using Same = bool (*)(const TracedCall&, const TracedCall&);

bool go_on_alike(const Calls& a, std::size_t i, const Calls& b, std::size_t j) {
  const std::size_t left = std::min(a.size() - i, b.size() - j);
  // Near the end fewer do, if both end there.
  if (left < kAlikeFor && a.size() - i != b.size() - j) return false;
  for (std::size_t k = 0; k < std::min(left, kAlikeFor); ++k) {
    if (!same_outcome(*a[i + k], *b[j + k])) return false;
  }
  return left > 0;
}

// Where both go on alike behind a difference at (i, j); the nearest place.
std::optional<std::pair<std::size_t, std::size_t>> meeting(const Calls& a, std::size_t i,
                                                           const Calls& b, std::size_t j) {
  for (std::size_t sum = 1; sum <= 2 * kWindow; ++sum) {
    for (std::size_t da = 0; da <= sum; ++da) {
      const std::size_t db = sum - da;
      if (da > kWindow || db > kWindow || i + da >= a.size() || j + db >= b.size()) continue;
      if (go_on_alike(a, i + da, b, j + db)) return std::pair{i + da, j + db};
    }
  }
  return std::nullopt;
}

std::string text_at(const Calls& calls, std::size_t at) {
  return at < calls.size() ? calls[at]->text() : "";
}

// A place where two threads differ.
struct Place {
  std::size_t here = 0, there = 0;
  std::size_t alike = 0;  // before it
  bool fails_here_only = false;
  bool meets = true;  // both go on alike behind it
};

bool fails_here_only(const TracedCall& here, const TracedCall& there) {
  return here.name == there.name && here.failed && !there.failed && !there.outcome.empty();
}

// Calls of the same text that one of the two fails, in what is passed over.
void add_failures(std::vector<Place>& places, const Calls& a, const Calls& b, Place from,
                  std::pair<std::size_t, std::size_t> to) {
  for (std::size_t i = from.here + 1; i < to.first; ++i) {
    for (std::size_t j = from.there; j < to.second; ++j) {
      if (!fails_here_only(*a[i], *b[j]) || a[i]->arguments != b[j]->arguments) continue;
      places.push_back({i, j, from.alike, true, true});
      from.there = j;
      break;
    }
  }
}

std::vector<Place> places_of(const Calls& a, const Calls& b, Same same) {
  std::vector<Place> places;
  std::size_t i = 0, j = 0, alike = 0;
  while (i < a.size() && j < b.size()) {
    if (same(*a[i], *b[j])) {
      ++alike, ++i, ++j;
      continue;
    }
    const auto next = meeting(a, i, b, j);
    places.push_back({i, j, alike, fails_here_only(*a[i], *b[j]), next.has_value()});
    if (!next) return places;
    add_failures(places, a, b, places.back(), *next);
    std::tie(i, j) = *next;
  }
  if (i < a.size() || j < b.size()) places.push_back({i, j, alike, false, false});
  return places;
}

// What does not meet again, if it is a call that fails here only; else the last call that does,
// since what a program tries and can do without comes before what it fails by; else where they do
// not meet.
const Place* decisive(const std::vector<Place>& places) {
  if (places.empty()) return nullptr;
  if (!places.back().meets && places.back().fails_here_only) return &places.back();
  const auto last = std::find_if(places.rbegin(), places.rend(),
                                 [](const Place& place) { return place.fails_here_only; });
  if (last != places.rend()) return &*last;
  return places.back().meets ? nullptr : &places.back();
}

std::optional<CallDifference> difference_of(const TracedThread& here, const TracedThread& there,
                                            Same same) {
  const Calls a = that_count(here), b = that_count(there);
  const std::vector<Place> places = places_of(a, b, same);
  const Place* place = same == same_outcome ? decisive(places)
                       : places.empty()     ? nullptr
                                            : &places.front();
  if (place == nullptr) return std::nullopt;
  CallDifference out;
  out.process = here.process;
  out.here = text_at(a, place->here);
  out.there = text_at(b, place->there);
  out.alike = place->alike;
  for (const Place& before : places) {
    if (&before == place || out.without_consequence.size() == kMostPassedOver) break;
    if (before.fails_here_only)
      out.without_consequence.push_back(text_at(a, before.here) + "; there " +
                                        text_at(b, before.there));
  }
  return out;
}

}  // namespace

std::optional<CallDifference> first_difference(const CallTrace& here, const CallTrace& there) {
  const std::size_t pairs = std::min(here.threads.size(), there.threads.size());
  for (const Same same : {same_outcome, same_text}) {
    for (std::size_t i = 0; i < pairs; ++i) {
      // A process that made no more calls may have been ended by another: look there first.
      auto found = difference_of(here.threads[i], there.threads[i], same);
      if (found && !found->here.empty()) return found;
    }
  }
  for (std::size_t i = 0; i < pairs; ++i) {
    if (auto found = difference_of(here.threads[i], there.threads[i], same_outcome)) return found;
  }
  return std::nullopt;
}

std::vector<std::string> last_failures(const CallTrace& trace, std::size_t most) {
  std::vector<std::string> failed;
  for (const TracedThread& thread : trace.threads) {
    for (const TracedCall& call : thread.calls) {
      const bool again =
          call.outcome == "interrupted" || call.outcome == "EINTR" || call.outcome == "EAGAIN";
      if (call.failed && !again) failed.push_back(thread.process + ": " + call.text());
    }
  }
  if (failed.size() > most)
    failed.erase(failed.begin(), failed.end() - static_cast<std::ptrdiff_t>(most));
  return failed;
}

std::string waits_in(const CallTrace& trace) {
  for (auto thread = trace.threads.rbegin(); thread != trace.threads.rend(); ++thread) {
    if (thread->calls.empty()) continue;
    const TracedCall& last = thread->calls.back();
    // These never return.
    const bool ends = last.name == "exit" || last.name == "exit_group";
    if (last.outcome.empty() && !ends) return thread->process + ": " + last.text();
  }
  return "";
}

}  // namespace testbed
