#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// The cells of a run that deserve a second look, each with the check it is about and the nearest
// passing cell under gVisor that differs in one coordinate: those that are red where that was not
// expected, and those whose scenario is at fault. With `expected_too` everything that is red.
std::vector<SecondLook> second_looks(const Run& run, bool expected_too);

// Whether a cell that came to this may be among them.
bool may_deserve_a_second_look(const Outcome& outcome);

}  // namespace testbed
