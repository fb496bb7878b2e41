#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emulator/cni/address.h"
#include "emulator/cni/failure.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::cni {

// A network interface as the kernel knows it.
struct Link {
  int index = 0;
  std::string name;
  std::string mac;
  unsigned mtu = 0;
  int master = 0;  // index of its bridge; 0: none, or the sandbox does not say
  bool up = false;
  bool segments = false;  // takes more than a packet at once and cuts it: Linux, not gVisor
};

struct VethSpec {
  std::string host_name;
  std::string pod_name;
  int pod_namespace = -1;  // descriptor
  unsigned mtu = 0;        // 0: the kernel's default
  std::string pod_mac{};   // empty: the kernel's choice
};

// A rtnetlink socket (rtnetlink(7)) of the network namespace in which it was opened. It keeps to
// the messages and attributes that gVisor takes: addresses by IFA_LOCAL and IFA_ADDRESS, routes by
// RTA_DST, RTA_OIF and RTA_GATEWAY. RTA_PREFSRC, for one, is EOPNOTSUPP there up to 20260701, which
// is what stops the standard ptp plugin.
class Netlink {
 public:
  static Answer<Netlink> open();

  Answer<> add_veth(const VethSpec& spec) const;
  Answer<> add_bridge(const std::string& name, unsigned mtu) const;
  Answer<> delete_link(const Link& link) const;
  Answer<> set_up(const Link& link) const;
  Answer<> set_mtu(const Link& link, unsigned mtu) const;
  Answer<> set_master(const Link& link, const Link& master) const;
  Answer<> set_hairpin(const Link& link) const;
  Answer<> add_address(const Link& link, const Prefix& address) const;
  // Without a gateway the destination is on the link itself.
  Answer<> add_route(const Link& link, const Prefix& destination,
                     const std::optional<Address>& gateway) const;

  // Empty, or why veth pairs cannot be made here. Makes none.
  std::string veth_obstacle() const;

  Answer<std::optional<Link>> find_link(const std::string& name) const;
  Answer<Link> link(const std::string& name) const;  // must exist
  Answer<std::vector<Link>> links() const;
  struct LinkAddress {
    int link;
    Prefix address;
  };
  Answer<std::vector<LinkAddress>> addresses() const;
  struct RouteEntry {
    int link;
    Prefix destination;
    std::optional<Address> gateway;
  };
  Answer<std::vector<RouteEntry>> routes() const;

 private:
  explicit Netlink(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace testbed::cni
