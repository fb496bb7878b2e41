#pragma once

#include <memory>

#include "emulator/cni/netfilter.h"

namespace testbed::cni {

// The nat table by an iptables program of the nf_tables kind in PATH, for kernels without the
// legacy interface. A process for each rule: slow, and not one step.
Answer<std::unique_ptr<NatTable>> open_iptables_command(bool v6);

// The words of a line of `iptables -S` after "-A CHAIN" as a rule, if it is of our forms.
std::optional<NatRule> read_iptables_arguments(const std::vector<std::string>& words,
                                               NatChain chain, bool v6);

}  // namespace testbed::cni
