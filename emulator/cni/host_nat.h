#pragma once

#include <vector>

#include "emulator/cni/address.h"
#include "emulator/cni/config.h"
#include "emulator/cni/failure.h"
#include "emulator/cni/netlink.h"

namespace testbed::cni {

// Lets the machine forward packets of that family. gVisor has no switch for IPv6 up to 20260701 and
// does not forward it: a pod then reaches the machine but no other pod, which STATUS says; no
// error.
Answer<> allow_forwarding(bool v6);

// Writes what the network and this pod need into the nat tables, and takes away what an earlier
// owner of the addresses may have left.
Answer<> add_nat(const Config& config, const Netlink& host, const std::vector<Address>& pod);
// Removes the rules of the pod.
Answer<> remove_nat(const Config& config, const Netlink& host, const std::vector<Address>& pod);
// Removes the rules of the network, which has no pod any more.
Answer<> remove_network_nat(const Config& config);
// CheckFailed with the first rule that is missing.
Answer<> check_nat(const Config& config, const Netlink& host, const std::vector<Address>& pod);

// Lets packets from the loopback address leave by that interface, for host ports on 127.0.0.1.
Answer<> allow_loopback_source(const std::string& interface);

// Whether packets of that family are, or can be, forwarded.
bool can_forward(bool v6);

// How the nat tables can be reached here, for STATUS: one text a family.
std::string nat_description(bool v6);

}  // namespace testbed::cni
