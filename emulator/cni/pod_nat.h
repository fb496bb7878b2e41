#pragma once

#include <vector>

#include "emulator/cni/address_pool.h"
#include "emulator/cni/config.h"
#include "emulator/cni/nat_rule.h"
#include "emulator/cni/netlink.h"

namespace testbed::cni {

// What rules depend on besides the configuration.
struct NatFacts {
  bool masquerade = true;  // the target exists; gVisor has none up to 20260701
  bool addrtype = true;    // the match exists; same
  struct Local {
    std::string interface;
    Address address;
  };
  // The machine's own addresses but those of pod interfaces, and of lo only 127.0.0.1 and ::1:
  // service addresses are put there.
  std::vector<Local> local{};
};

// That packets from pods to beyond the network get an address of this machine, where no answer
// would find the pod's. SNAT is written once for TCP and once for UDP: gVisor takes it in no other
// form, and so answers to a pod's ICMP need a route there.
std::vector<NatRule> leaving_rules(const Config& config, const NatFacts& facts, bool v6);

// The host ports of one pod, and (with ports or hairpin mode) that it reaches itself through them
// or a service address.
std::vector<NatRule> pod_rules(const Config& config, const NatFacts& facts, const Address& pod);

// Whether the rule is one of pod_rules for that address, whatever the configuration was then. A
// rule that leads from an address that is not this machine's own (a service's) is another's.
bool is_rule_of_pod(const NatRule& rule, const Address& pod, const NatFacts& facts);
// Whether the rule is one of leaving_rules for a range of that configuration.
bool is_leaving_rule(const NatRule& rule, const Config& config);

}  // namespace testbed::cni
