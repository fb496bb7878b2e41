#pragma once

#include "emulator/cni/plugin.h"
#include "emulator/cni/request.h"

namespace testbed::cni {

// The faults of the configuration that concern this request. Delays, deaths and refusals come
// before anything is done; garbled answers after all is done, as a plugin with a bug would do it.
Answer<> apply_before(const Request& request);
void apply_after(const Request& request, Reply& reply);

}  // namespace testbed::cni
