#pragma once

// What the modes that give a pod a veth pair (routed, bridge) do alike: how an attachment is taken
// back, and what of an ADD that failed.

#include "emulator/cni/addressing.h"
#include "emulator/cni/modes.h"

namespace testbed::cni {

Answer<> close_pod_network(const Request& request);

// The link, the rules and the addresses of an attachment, whichever of them there are.
Answer<> forget_pod(const Request& request, const Attachment& attachment);

Answer<> del_pod(const Request& request);

// An ADD: addresses are obtained, and `make` gives the pod its link with them. Where it fails, what
// it made goes again.
Answer<Success> add_pod(const Request& request,
                        Answer<Success> (*make)(const Request& request, Addressing addressing));

}  // namespace testbed::cni
