#pragma once

#include "emulator/cni/net_namespace.h"
#include "emulator/cni/netlink.h"
#include "emulator/cni/request.h"
#include "emulator/cni/result.h"

namespace testbed::cni {

// A pod's network namespace with a netlink socket on either side of the border.
struct PodSide {
  NetNamespace space;
  Netlink host, pod;
};
Answer<PodSide> open_pod(const Request& request);

// A veth pair from the host into the pod, both ends up.
struct PodLink {
  Link host, pod;
};
// InterfaceExists when the pod has an interface of that name. A host end that a killed ADD left
// behind, with the pod it led to gone, is replaced.
Answer<PodLink> add_pod_link(const PodSide& side, const Request& request);

// Gives a link that was just made the largest MTU, unless one is configured, where links take
// single packets only, as gVisor's do: each costs a way through the whole stack, and a veth queues
// 64 of them, which TCP at full speed overruns with 1500 bytes each; on 20240722 it then never goes
// on. The segments of TCP to beyond the pods are no larger for it: the other side says what it
// takes.
// Returns the link as it is then.
Answer<Link> widen(const Netlink& netlink, const Link& link, const Config& config);

// Removes the pair by its host end; no error where there is none.
Answer<> remove_pod_link(const Request& request, const Attachment& attachment);

// Work in the pod that sysctls decide: IPv6 may be switched off there.
Answer<> enable_ipv6(const PodSide& side);

// CheckFailed where the pod's interface is missing, down, or without an address or route that
// prevResult lists.
Answer<> check_pod_link(const PodSide& side, const Request& request);

// How the link is shown in a result.
Interface shown(const Link& link, const std::string& sandbox);

// Empty, or why there can be no veth pair here.
std::string veth_obstacle();

}  // namespace testbed::cni
