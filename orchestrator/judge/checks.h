#pragma once

#include "orchestrator/model/outcome.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

// What the probe program printed, if that is what `out` is.
std::optional<ProbeAnswer> read_probe(std::string_view out);

// Whether a check held. Its detail is short and the same whenever the same thing happens: no pids,
// times or addresses.
CheckResult assess(const CheckSpec& check, const CheckEvidence& seen);

// What is added to the reason where the host's kernel killed for want of memory; empty where not.
std::string killed_for_memory(const std::optional<GroupUse>& use);

// The errno a failed check met, as a name: of the probe, or found by its text in the error output.
// Empty: none.
std::string errno_of(const CheckEvidence& seen);

}  // namespace testbed
