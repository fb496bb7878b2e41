#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// This program and this machine; the digests are those of what a run reads, and the caller's to
// add.
Provenance provenance_of_host();

}  // namespace testbed
