#include "emulator/cni/nat_rule.h"

namespace testbed::cni {

std::string_view name_of(NatChain chain) {
  switch (chain) {
    case NatChain::Prerouting:
      return "PREROUTING";
    case NatChain::Output:
      return "OUTPUT";
    case NatChain::Postrouting:
      return "POSTROUTING";
  }
  return "";
}

std::vector<std::string> iptables_arguments(const NatRule& rule) {
  std::vector<std::string> words;
  const auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
  };
  if (rule.source) add({"-s", rule.source->text()});
  if (rule.not_destination) add({"!"});
  if (rule.destination) add({"-d", rule.destination->text()});
  if (!rule.out_interface.empty()) add({"-o", rule.out_interface});
  if (rule.protocol != Protocol::Any) add({"-p", rule.protocol == Protocol::Tcp ? "tcp" : "udp"});
  if (rule.port != 0) add({"--dport", std::to_string(rule.port)});
  if (rule.to_local) add({"-m", "addrtype", "--dst-type", "LOCAL"});
  const std::string to =
      rule.to ? (rule.v6 && rule.to_port != 0 ? "[" + rule.to->text() + "]" : rule.to->text()) : "";
  switch (rule.target) {
    case NatTarget::Dnat:
      add({"-j", "DNAT", "--to-destination", to + ":" + std::to_string(rule.to_port)});
      break;
    case NatTarget::Snat:
      add({"-j", "SNAT", "--to-source", to});
      break;
    case NatTarget::Masquerade:
      add({"-j", "MASQUERADE"});
      break;
  }
  return words;
}

}  // namespace testbed::cni
