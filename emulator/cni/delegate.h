#pragma once

#include "emulator/cni/request.h"

namespace testbed::cni {

// Runs the IPAM plugin that the configuration names, found in CNI_PATH, with our own environment
// and the configuration as it came (specification, section 4). Its standard error is ours.

// ADD; when that fails, DEL before the failure is returned.
Answer<Success> delegate_add(const Request& request);
// Any verb whose answer is empty.
Answer<> delegate_quietly(const Request& request);

}  // namespace testbed::cni
