#pragma once

#include <optional>

#include "orchestrator/judge/call_trace.h"
#include "orchestrator/model/second_pass.h"

namespace testbed {

// Where a check that is red first does something else than the same check where it passes. Threads
// are paired in the order in which they appeared. Calls that wait or give way are left out: their
// number is chance. A call that fails here only counts more than one that is made here only, and
// that more than other arguments; of several that fail here only the last before the two go apart
// for good: the program could do without the others. Nothing where the two do not differ.
std::optional<CallDifference> first_difference(const CallTrace& here, const CallTrace& there);

// The last calls that failed, the oldest first.
std::vector<std::string> last_failures(const CallTrace& trace, std::size_t most);
// The call in which the last thread that made one was when the trace ended; empty: none.
std::string waits_in(const CallTrace& trace);

}  // namespace testbed
