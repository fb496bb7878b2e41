#include "emulator/cni/netlink.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstdio>

#include "emulator/cni/netlink_message.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::cni {
namespace {

constexpr std::uint16_t kCreate = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;

Failure refused(const std::string& doing, int error) {
  return {.code = Code::NetworkFailed, .msg = doing + ": " + errno_text(error)};
}

Answer<> done_or(int error, const std::string& doing) {
  if (error != 0) return refused(doing, error);
  return {};
}

int change(const UniqueFd& fd, NetlinkMessage message) {
  return exchange(fd.get(), std::move(message), [](std::uint16_t, std::string_view) {});
}

std::uint8_t family_of(const Address& address) { return address.v6 ? AF_INET6 : AF_INET; }

std::string mac_bytes(const std::string& text) {
  unsigned part[6] = {};
  std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &part[0], &part[1], &part[2], &part[3], &part[4],
              &part[5]);
  std::string bytes;
  for (const unsigned value : part) bytes += static_cast<char>(value);
  return bytes;
}

std::string mac_text(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    char part[4];
    std::snprintf(part, sizeof part, "%s%02x", text.empty() ? "" : ":",
                  static_cast<unsigned char>(c));
    text += part;
  }
  return text;
}

template <class Number>
Number number_in(std::string_view bytes) {
  Number number{};
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  return number;
}

std::string name_in(std::string_view bytes) {
  return std::string(bytes.substr(0, bytes.find('\0')));
}

std::optional<Address> address_in(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  Address address;
  address.v6 = bytes.size() == 16;
  std::memcpy(address.bytes.data(), bytes.data(), bytes.size());
  return address;
}

Link link_in(std::string_view payload) {
  const auto info = number_in<ifinfomsg>(payload);
  Link link{.index = info.ifi_index, .name = {}, .mac = {}};
  link.up = (info.ifi_flags & IFF_UP) != 0;
  payload.remove_prefix(std::min(payload.size(), sizeof info));
  each_attribute(payload, [&](std::uint16_t type, std::string_view value) {
    if (type == IFLA_IFNAME) link.name = name_in(value);
    if (type == IFLA_MTU) link.mtu = number_in<std::uint32_t>(value);
    if (type == IFLA_ADDRESS) link.mac = mac_text(value);
    if (type == IFLA_GSO_MAX_SIZE) link.segments = true;
    if (type == IFLA_MASTER) link.master = number_in<std::int32_t>(value);
  });
  return link;
}

template <class Header>
int dump(const UniqueFd& fd, std::uint16_t type,
         const std::function<void(const Header&, std::string_view)>& visit) {
  return exchange(fd.get(), NetlinkMessage(type, NLM_F_DUMP, Header{}),
                  [&](std::uint16_t, std::string_view payload) {
                    if (payload.size() < sizeof(Header)) return;
                    const auto header = number_in<Header>(payload);
                    visit(header, payload.substr(std::min(payload.size(),
                                                          (sizeof(Header) + 3) & ~std::size_t{3})));
                  });
}

ifinfomsg about(const Link& link) {
  ifinfomsg info{};
  info.ifi_index = link.index;
  return info;
}

NetlinkMessage veth_message(const VethSpec& spec) {
  NetlinkMessage message(RTM_NEWLINK, kCreate, ifinfomsg{});
  message.text(IFLA_IFNAME, spec.host_name);
  if (spec.mtu != 0) message.number(IFLA_MTU, spec.mtu);
  message.nested(IFLA_LINKINFO, [&] {
    message.attribute(IFLA_INFO_KIND, "veth");
    message.nested(IFLA_INFO_DATA, [&] {
      message.nested(VETH_INFO_PEER, [&] {
        const ifinfomsg peer{};
        message.put_bytes(&peer, sizeof peer);
        message.text(IFLA_IFNAME, spec.pod_name);
        if (spec.mtu != 0) message.number(IFLA_MTU, spec.mtu);
        if (!spec.pod_mac.empty()) message.attribute(IFLA_ADDRESS, mac_bytes(spec.pod_mac));
        message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(spec.pod_namespace));
      });
    });
  });
  return message;
}

}  // namespace

Answer<Netlink> Netlink::open() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.valid()) return refused("netlink socket", errno);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return Netlink(std::move(fd));
}

Answer<> Netlink::add_veth(const VethSpec& spec) const {
  return done_or(change(fd_, veth_message(spec)),
                 "add veth pair " + spec.host_name + " and " + spec.pod_name);
}

// A peer for a namespace that does not exist is refused for that reason only where veth pairs are
// known: EBADF or EINVAL. Where they are not, the kind is: EOPNOTSUPP.
std::string Netlink::veth_obstacle() const {
  const int error = change(fd_, veth_message({.host_name = "vethprobe", .pod_name = "vethprobe0"}));
  if (error == EBADF || error == EINVAL) return "";
  return "no veth pairs here: " + errno_text(error);
}

Answer<> Netlink::add_bridge(const std::string& name, unsigned mtu) const {
  NetlinkMessage message(RTM_NEWLINK, kCreate, ifinfomsg{});
  message.text(IFLA_IFNAME, name);
  if (mtu != 0) message.number(IFLA_MTU, mtu);
  message.nested(IFLA_LINKINFO, [&] { message.attribute(IFLA_INFO_KIND, "bridge"); });
  const int error = change(fd_, std::move(message));
  return done_or(error == EEXIST ? 0 : error, "add bridge " + name);
}

Answer<> Netlink::delete_link(const Link& link) const {
  const int error = change(fd_, NetlinkMessage(RTM_DELLINK, NLM_F_ACK, about(link)));
  return done_or(error == ENODEV ? 0 : error, "delete " + link.name);
}

Answer<> Netlink::set_up(const Link& link) const {
  ifinfomsg info = about(link);
  info.ifi_flags = IFF_UP;
  info.ifi_change = IFF_UP;
  return done_or(change(fd_, NetlinkMessage(RTM_NEWLINK, NLM_F_ACK, info)), "set up " + link.name);
}

Answer<> Netlink::set_mtu(const Link& link, unsigned mtu) const {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK, about(link));
  message.number(IFLA_MTU, mtu);
  return done_or(change(fd_, std::move(message)), "set the MTU of " + link.name);
}

Answer<> Netlink::set_master(const Link& link, const Link& master) const {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK, about(link));
  message.number(IFLA_MASTER, static_cast<std::uint32_t>(master.index));
  return done_or(change(fd_, std::move(message)), "put " + link.name + " into " + master.name);
}

Answer<> Netlink::set_hairpin(const Link& link) const {
  ifinfomsg info = about(link);
  info.ifi_family = AF_BRIDGE;
  NetlinkMessage message(RTM_SETLINK, NLM_F_ACK, info);
  message.nested(IFLA_PROTINFO | NLA_F_NESTED,
                 [&] { message.attribute(IFLA_BRPORT_MODE, std::string_view("\1", 1)); });
  return done_or(change(fd_, std::move(message)), "set hairpin mode of " + link.name);
}

Answer<> Netlink::add_address(const Link& link, const Prefix& address) const {
  ifaddrmsg info{};
  info.ifa_family = family_of(address.address);
  info.ifa_prefixlen = static_cast<std::uint8_t>(address.length);
  // Nobody else has it: without the flag it would be unusable for a second or two.
  info.ifa_flags = address.address.v6 ? IFA_F_NODAD : 0;
  info.ifa_index = static_cast<std::uint32_t>(link.index);
  NetlinkMessage message(RTM_NEWADDR, kCreate, info);
  message.address(IFA_LOCAL, address.address);
  message.address(IFA_ADDRESS, address.address);
  const int error = change(fd_, std::move(message));
  return done_or(error == EEXIST ? 0 : error, "add address " + address.text() + " to " + link.name);
}

Answer<> Netlink::add_route(const Link& link, const Prefix& destination,
                            const std::optional<Address>& gateway) const {
  rtmsg info{};
  info.rtm_family = family_of(destination.address);
  info.rtm_dst_len = static_cast<std::uint8_t>(destination.length);
  info.rtm_table = RT_TABLE_MAIN;
  info.rtm_protocol = RTPROT_BOOT;
  info.rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  info.rtm_type = RTN_UNICAST;
  NetlinkMessage message(RTM_NEWROUTE, kCreate, info);
  // gVisor takes a route without RTA_DST for the default route, Linux one of length 0.
  if (destination.length != 0)
    message.address(RTA_DST, destination.address.first_of(destination.length));
  if (gateway) message.address(RTA_GATEWAY, *gateway);
  message.number(RTA_OIF, static_cast<std::uint32_t>(link.index));
  const std::string via = gateway ? " via " + gateway->text() : "";
  const int error = change(fd_, std::move(message));
  return done_or(error == EEXIST ? 0 : error,
                 "add route to " + destination.text() + via + " dev " + link.name);
}

Answer<std::optional<Link>> Netlink::find_link(const std::string& name) const {
  NetlinkMessage message(RTM_GETLINK, 0, ifinfomsg{});
  message.text(IFLA_IFNAME, name);
  std::optional<Link> found;
  const int error =
      exchange(fd_.get(), std::move(message), [&](std::uint16_t type, std::string_view payload) {
        if (type == RTM_NEWLINK) found = link_in(payload);
      });
  if (error != 0 && error != ENODEV) return refused("look up " + name, error);
  return found;
}

Answer<Link> Netlink::link(const std::string& name) const {
  auto found = TRY(find_link(name));
  if (!found) return refused("look up " + name, ENODEV);
  return *std::move(found);
}

Answer<std::vector<Link>> Netlink::links() const {
  std::vector<Link> all;
  const int error =
      exchange(fd_.get(), NetlinkMessage(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}),
               [&](std::uint16_t, std::string_view payload) { all.push_back(link_in(payload)); });
  if (error != 0) return refused("list interfaces", error);
  return all;
}

Answer<std::vector<Netlink::LinkAddress>> Netlink::addresses() const {
  std::vector<LinkAddress> all;
  const int error =
      dump<ifaddrmsg>(fd_, RTM_GETADDR, [&](const ifaddrmsg& info, std::string_view attributes) {
        std::optional<Address> local, address;
        each_attribute(attributes, [&](std::uint16_t type, std::string_view value) {
          if (type == IFA_LOCAL) local = address_in(value);
          if (type == IFA_ADDRESS) address = address_in(value);
        });
        // On a point-to-point link IFA_ADDRESS is the other end; IPv6 has no IFA_LOCAL.
        const auto own = local ? local : address;
        if (own) all.push_back({static_cast<int>(info.ifa_index), {*own, info.ifa_prefixlen}});
      });
  if (error != 0) return refused("list addresses", error);
  return all;
}

Answer<std::vector<Netlink::RouteEntry>> Netlink::routes() const {
  std::vector<RouteEntry> all;
  const int error =
      dump<rtmsg>(fd_, RTM_GETROUTE, [&](const rtmsg& info, std::string_view attributes) {
        if (info.rtm_family != AF_INET && info.rtm_family != AF_INET6) return;
        RouteEntry route{.link = 0, .destination = {}, .gateway = {}};
        route.destination.address.v6 = info.rtm_family == AF_INET6;
        route.destination.length = info.rtm_dst_len;
        each_attribute(attributes, [&](std::uint16_t type, std::string_view value) {
          const auto address = address_in(value);
          if (type == RTA_DST && address) route.destination.address = *address;
          if (type == RTA_GATEWAY) route.gateway = address;
          if (type == RTA_OIF) route.link = number_in<std::int32_t>(value);
        });
        all.push_back(route);
      });
  if (error != 0) return refused("list routes", error);
  return all;
}

}  // namespace testbed::cni
