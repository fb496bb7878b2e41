#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/cni/address.h"

namespace testbed::cni {

enum class NatChain { Prerouting, Output, Postrouting };
enum class NatTarget { Dnat, Snat, Masquerade };
enum class Protocol : std::uint8_t { Any = 0, Tcp = 6, Udp = 17 };

// A rule of the nat table, of the few forms that a pod network needs.
struct NatRule {
  NatChain chain{};
  Protocol protocol{};
  std::optional<Prefix> source{}, destination{};
  bool not_destination = false;  // all but `destination`
  bool to_local = false;         // to an address of this machine (match addrtype)
  std::string out_interface{};   // empty: any
  unsigned port = 0;             // destination port; 0: any
  NatTarget target{};
  std::optional<Address> to{};  // of Dnat and Snat
  unsigned to_port = 0;         // of Dnat
  bool v6 = false;

  bool operator==(const NatRule&) const = default;
};

// As the arguments of iptables(8) after "-A CHAIN".
std::vector<std::string> iptables_arguments(const NatRule& rule);
std::string_view name_of(NatChain chain);

}  // namespace testbed::cni
