#include "emulator/cni/host_nat.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "emulator/cni/netfilter.h"
#include "emulator/cni/pod_nat.h"
#include "orchestrator/base/files.h"

namespace testbed::cni {
namespace {

constexpr std::array kFamilies = {false, true};

const char* forwarding_switch(bool v6) {
  return v6 ? "/proc/sys/net/ipv6/conf/all/forwarding" : "/proc/sys/net/ipv4/ip_forward";
}

bool has_family(const Config& config, bool v6) {
  for (const RangeSet& set : config.ipam.sets) {
    for (const PoolRange& range : set) {
      if (range.subnet.address.v6 == v6) return true;
    }
  }
  return false;
}

bool is_gateway(const Config& config, const Address& address) {
  for (const RangeSet& set : config.ipam.sets) {
    for (const PoolRange& range : set) {
      if (range.gateway == address) return true;
    }
  }
  return false;
}

Answer<NatFacts> facts_of(const Config& config, const NatTable& table, const Netlink& host) {
  NatFacts facts{.masquerade = table.has_masquerade(), .addrtype = table.has_addrtype()};
  if (facts.masquerade && facts.addrtype) return facts;
  const std::vector<Link> links = TRY(host.links());
  for (const Netlink::LinkAddress& own : TRY(host.addresses())) {
    const auto link = std::find_if(links.begin(), links.end(),
                                   [&](const Link& one) { return one.index == own.link; });
    if (link == links.end() || is_gateway(config, own.address.address)) continue;
    const bool first = own.address.address == Address::loopback(own.address.address.v6);
    if (link->name == "lo" && !first) continue;
    facts.local.push_back({link->name, own.address.address});
  }
  return facts;
}

struct Plan {
  std::unique_ptr<NatTable> table;
  NatFacts facts;
};

Answer<Plan> plan_for(const Config& config, const Netlink& host, bool v6) {
  Plan plan;
  plan.table = TRY(open_nat_table(v6));
  plan.facts = TRY(facts_of(config, *plan.table, host));
  return plan;
}

std::vector<NatRule> wanted_rules(const Config& config, const NatFacts& facts, bool v6,
                                  const std::vector<Address>& pod) {
  std::vector<NatRule> wanted = leaving_rules(config, facts, v6);
  for (const Address& address : pod) {
    if (address.v6 != v6) continue;
    const auto rules = pod_rules(config, facts, address);
    wanted.insert(wanted.end(), rules.begin(), rules.end());
  }
  return wanted;
}

bool needs_nat(const Config& config) {
  return config.masquerade || !config.ports.empty() || config.hairpin;
}

bool is_of_any(const NatRule& rule, const std::vector<Address>& pod, const NatFacts& facts) {
  return std::any_of(pod.begin(), pod.end(),
                     [&](const Address& address) { return is_rule_of_pod(rule, address, facts); });
}

}  // namespace

bool can_forward(bool v6) { return ::access(forwarding_switch(v6), F_OK) == 0; }

Answer<> allow_forwarding(bool v6) {
  if (!can_forward(v6) || read_part(forwarding_switch(v6), 0, 1) == "1") return {};
  TRY(or_fail(Code::NetworkFailed, write_file(forwarding_switch(v6), "1")));
  return {};
}

Answer<> allow_loopback_source(const std::string& interface) {
  const fs::path path = "/proc/sys/net/ipv4/conf/" + interface + "/route_localnet";
  // gVisor has no such switch.
  if (::access(path.c_str(), F_OK) != 0 || read_part(path, 0, 1) == "1") return {};
  TRY(or_fail(Code::NetworkFailed, write_file(path, "1")));
  return {};
}

Answer<> add_nat(const Config& config, const Netlink& host, const std::vector<Address>& pod) {
  if (!needs_nat(config)) return {};
  for (const bool v6 : kFamilies) {
    if (!has_family(config, v6)) continue;
    const Plan plan = TRY(plan_for(config, host, v6));
    const auto wanted = wanted_rules(config, plan.facts, v6, pod);
    TRY(plan.table->change(wanted, [&](const NatRule& rule) {
      const bool asked = std::find(wanted.begin(), wanted.end(), rule) != wanted.end();
      return !asked && is_of_any(rule, pod, plan.facts);
    }));
  }
  return {};
}

Answer<> remove_nat(const Config& config, const Netlink& host, const std::vector<Address>& pod) {
  for (const bool v6 : kFamilies) {
    const bool concerned = std::any_of(pod.begin(), pod.end(),
                                       [&](const Address& address) { return address.v6 == v6; });
    if (!concerned) continue;
    auto plan = plan_for(config, host, v6);
    // Where there is no table there is no rule.
    if (!plan) continue;
    TRY(plan->table->change(
        {}, [&](const NatRule& rule) { return is_of_any(rule, pod, plan->facts); }));
  }
  return {};
}

Answer<> remove_network_nat(const Config& config) {
  for (const bool v6 : kFamilies) {
    if (!has_family(config, v6)) continue;
    auto table = open_nat_table(v6);
    if (!table) continue;
    TRY((*table)->change({}, [&](const NatRule& rule) { return is_leaving_rule(rule, config); }));
  }
  return {};
}

Answer<> check_nat(const Config& config, const Netlink& host, const std::vector<Address>& pod) {
  if (!needs_nat(config)) return {};
  for (const bool v6 : kFamilies) {
    if (!has_family(config, v6)) continue;
    const Plan plan = TRY(plan_for(config, host, v6));
    const auto present = TRY(plan.table->rules());
    for (const NatRule& rule : wanted_rules(config, plan.facts, v6, pod)) {
      if (std::find(present.begin(), present.end(), rule) != present.end()) continue;
      std::string text = "-A " + std::string(name_of(rule.chain));
      for (const std::string& word : iptables_arguments(rule)) text += " " + word;
      return Failure{.code = Code::CheckFailed, .msg = "nat rule is missing: " + text};
    }
  }
  return {};
}

std::string nat_description(bool v6) {
  const auto table = open_nat_table(v6);
  if (!table) return "none: " + table.error().msg;
  return (*table)->how() + ((*table)->has_masquerade() ? ", MASQUERADE" : ", SNAT by interface") +
         ((*table)->has_addrtype() ? ", addrtype" : "");
}

}  // namespace testbed::cni
