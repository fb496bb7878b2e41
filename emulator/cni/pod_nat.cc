#include "emulator/cni/pod_nat.h"

#include <algorithm>
#include <array>

namespace testbed::cni {
namespace {

constexpr std::array kBoth = {Protocol::Tcp, Protocol::Udp};

bool is_loopback(const Address& address) {
  return address.v6 ? address == Address::loopback(true) : address.bytes[0] == 127;
}

bool is_link_local(const Address& address) {
  return address.v6 ? address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80
                    : address.bytes[0] == 169 && address.bytes[1] == 254;
}

NatRule leaving(const Prefix& subnet, bool v6) {
  return {.chain = NatChain::Postrouting,
          .source = subnet,
          .destination = subnet,
          .not_destination = true,
          .v6 = v6};
}

void add_snat(std::vector<NatRule>& rules, NatRule rule, const Address& to) {
  rule.target = NatTarget::Snat;
  rule.to = to;
  for (const Protocol protocol : kBoth) {
    rule.protocol = protocol;
    rules.push_back(rule);
  }
}

void add_leaving(std::vector<NatRule>& rules, const Config& config, const NatFacts& facts,
                 const Prefix& subnet) {
  const bool v6 = subnet.address.v6;
  NatRule rule = leaving(subnet, v6);
  const auto& chosen = v6 ? config.snat6 : config.snat4;
  if (chosen) return add_snat(rules, rule, *chosen);
  if (facts.masquerade) {
    rule.target = NatTarget::Masquerade;
    rules.push_back(rule);
    return;
  }
  for (const NatFacts::Local& local : facts.local) {
    if (local.address.v6 != v6 || is_loopback(local.address) || is_link_local(local.address))
      continue;
    if (subnet.contains(local.address)) continue;
    rule.out_interface = local.interface;
    add_snat(rules, rule, local.address);
  }
}

// The source becomes one that the pod can answer to.
void add_translated(std::vector<NatRule>& rules, const Prefix& source, const NatFacts& facts,
                    const Address& pod, const Address& gateway) {
  NatRule rule{.chain = NatChain::Postrouting,
               .source = source,
               .destination = Prefix::host(pod),
               .v6 = pod.v6};
  if (facts.masquerade) {
    rule.target = NatTarget::Masquerade;
    rules.push_back(rule);
  } else {
    add_snat(rules, rule, gateway);
  }
}

const PoolRange* range_of(const Config& config, const Address& pod) {
  for (const RangeSet& set : config.ipam.sets) {
    for (const PoolRange& range : set) {
      if (range.subnet.contains(pod)) return &range;
    }
  }
  return nullptr;
}

void add_port(std::vector<NatRule>& rules, const PortMapping& port, const NatFacts& facts,
              const Address& pod) {
  NatRule rule{.protocol = port.udp ? Protocol::Udp : Protocol::Tcp,
               .port = port.host_port,
               .target = NatTarget::Dnat,
               .to = pod,
               .to_port = port.container_port,
               .v6 = pod.v6};
  const auto add = [&](const std::optional<Address>& at) {
    if (at) rule.destination = Prefix::host(*at);
    for (const NatChain chain : {NatChain::Prerouting, NatChain::Output}) {
      rule.chain = chain;
      // From outside nothing comes to the loopback address.
      if (at && is_loopback(*at) && chain == NatChain::Prerouting) continue;
      rules.push_back(rule);
    }
  };
  if (port.host_address) return add(port.host_address);
  if (facts.addrtype) {
    rule.to_local = true;
    return add(std::nullopt);
  }
  for (const NatFacts::Local& local : facts.local) {
    if (local.address.v6 == pod.v6) add(local.address);
  }
}

}  // namespace

std::vector<NatRule> leaving_rules(const Config& config, const NatFacts& facts, bool v6) {
  std::vector<NatRule> rules;
  if (!config.masquerade) return rules;
  for (const RangeSet& set : config.ipam.sets) {
    for (const PoolRange& range : set) {
      if (range.subnet.address.v6 == v6) add_leaving(rules, config, facts, range.subnet);
    }
  }
  return rules;
}

std::vector<NatRule> pod_rules(const Config& config, const NatFacts& facts, const Address& pod) {
  std::vector<NatRule> rules;
  const PoolRange* range = range_of(config, pod);
  if (range == nullptr || (config.ports.empty() && !config.hairpin)) return rules;
  for (const PortMapping& port : config.ports) {
    if (port.host_address && port.host_address->v6 != pod.v6) continue;
    add_port(rules, port, facts, pod);
  }
  // A packet that comes back to the pod it left would be answered to itself, past the translation.
  add_translated(rules, Prefix::host(pod), facts, pod, range->gateway);
  // One from the machine's loopback address would be answered to the pod's own.
  if (!pod.v6 && !config.ports.empty()) {
    add_translated(rules, {Address::loopback(false).first_of(8), 8}, facts, pod, range->gateway);
  }
  return rules;
}

bool is_rule_of_pod(const NatRule& rule, const Address& pod, const NatFacts& facts) {
  if (rule.v6 != pod.v6) return false;
  if (rule.target != NatTarget::Dnat) {
    return rule.destination == Prefix::host(pod) && !rule.not_destination;
  }
  if (rule.to != pod) return false;
  return rule.to_local ||
         std::any_of(facts.local.begin(), facts.local.end(), [&](const NatFacts::Local& local) {
           return rule.destination == Prefix::host(local.address);
         });
}

bool is_leaving_rule(const NatRule& rule, const Config& config) {
  if (rule.chain != NatChain::Postrouting || !rule.not_destination) return false;
  for (const RangeSet& set : config.ipam.sets) {
    for (const PoolRange& range : set) {
      if (rule.source == range.subnet && rule.destination == range.subnet) return true;
    }
  }
  return false;
}

}  // namespace testbed::cni
