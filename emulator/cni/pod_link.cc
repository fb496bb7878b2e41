#include "emulator/cni/pod_link.h"

#include <algorithm>
#include <cerrno>

#include "emulator/cni/names.h"
#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"

namespace testbed::cni {
namespace {

Failure check_failed(const std::string& what) { return {.code = Code::CheckFailed, .msg = what}; }

// The interface of prevResult that is ours: of that name, in the pod.
const Interface* own_interface(const Request& request, std::int64_t& index) {
  const auto& interfaces = request.previous->interfaces;
  for (index = 0; index < static_cast<std::int64_t>(interfaces.size()); ++index) {
    const Interface& one = interfaces[static_cast<std::size_t>(index)];
    if (one.name == request.attachment.ifname && one.sandbox == request.netns) return &one;
  }
  return nullptr;
}

Answer<> check_addresses_of(const PodSide& side, const Link& link, const Request& request,
                            std::int64_t index) {
  const auto present = TRY(side.pod.addresses());
  for (const AssignedAddress& ip : request.previous->ips) {
    if (ip.interface && *ip.interface != index) continue;
    const bool found = std::any_of(present.begin(), present.end(), [&](const auto& own) {
      return own.link == link.index && own.address.address == ip.address.address;
    });
    if (!found) return check_failed(link.name + " has lost its address " + ip.address.text());
  }
  return {};
}

Answer<> check_routes_of(const PodSide& side, const Request& request) {
  const auto present = TRY(side.pod.routes());
  for (const Route& route : request.previous->routes) {
    const bool found = std::any_of(present.begin(), present.end(), [&](const auto& own) {
      return own.destination.network() == route.destination.network();
    });
    if (!found) return check_failed("the pod has lost its route to " + route.destination.text());
  }
  return {};
}

// What a packet of IPv4 can hold at most.
constexpr unsigned kLargestMtu = 65535;

}  // namespace

Answer<Link> widen(const Netlink& netlink, const Link& link, const Config& config) {
  if (config.mtu != 0 || link.segments) return link;
  TRY(netlink.set_mtu(link, kLargestMtu));
  return netlink.link(link.name);
}

Answer<PodSide> open_pod(const Request& request) {
  NetNamespace space = TRY(NetNamespace::open(request.netns));
  Netlink host = TRY(Netlink::open());
  std::optional<Netlink> pod;
  const auto open_inside = [&]() -> Answer<> {
    pod = TRY(Netlink::open());
    return {};
  };
  TRY(space.inside(open_inside));
  return PodSide{std::move(space), std::move(host), *std::move(pod)};
}

Answer<PodLink> add_pod_link(const PodSide& side, const Request& request) {
  const Attachment& attachment = request.attachment;
  if (TRY(side.pod.find_link(attachment.ifname))) {
    return Failure{.code = Code::InterfaceExists,
                   .msg = "container interface name (" + attachment.ifname + ") already exists",
                   .details = request.netns};
  }
  const std::string host_name =
      host_interface_name(request.config.name, attachment.container_id, attachment.ifname);
  if (const auto stale = TRY(side.host.find_link(host_name))) TRY(side.host.delete_link(*stale));
  TRY(side.host.add_veth({.host_name = host_name,
                          .pod_name = attachment.ifname,
                          .pod_namespace = side.space.fd(),
                          .mtu = request.config.mtu,
                          .pod_mac = request.config.mac}));
  const auto finish = [&]() -> Answer<PodLink> {
    const Link host = TRY(side.host.link(host_name)), pod = TRY(side.pod.link(attachment.ifname));
    PodLink link{.host = TRY(widen(side.host, host, request.config)),
                 .pod = TRY(widen(side.pod, pod, request.config))};
    TRY(side.host.set_up(link.host));
    TRY(side.pod.set_up(link.pod));
    return link;
  };
  auto link = finish();
  if (!link) (void)remove_pod_link(request, attachment);
  return link;
}

Answer<> remove_pod_link(const Request& request, const Attachment& attachment) {
  const Netlink host = TRY(Netlink::open());
  const auto link = TRY(host.find_link(
      host_interface_name(request.config.name, attachment.container_id, attachment.ifname)));
  if (!link) return {};
  return host.delete_link(*link);
}

Answer<> enable_ipv6(const PodSide& side) {
  return side.space.inside([]() -> Answer<> {
    const fs::path path = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
    // Absent in gVisor, where IPv6 is always on.
    if (read_part(path, 0, 1) != "1") return {};
    TRY(or_fail(Code::NetworkFailed, write_file(path, "0")));
    return {};
  });
}

Answer<> check_pod_link(const PodSide& side, const Request& request) {
  std::int64_t index = 0;
  const Interface* expected = own_interface(request, index);
  if (!expected) {
    return check_failed("prevResult lists no interface " + request.attachment.ifname + " in " +
                        request.netns);
  }
  const auto link = TRY(side.pod.find_link(request.attachment.ifname));
  if (!link) return check_failed("interface " + request.attachment.ifname + " is gone");
  if (!link->up) return check_failed("interface " + link->name + " is down");
  if (!expected->mac.empty() && expected->mac != link->mac) {
    return check_failed("interface " + link->name + " has the hardware address " + link->mac +
                        ", not " + expected->mac);
  }
  const std::string host_name = host_interface_name(
      request.config.name, request.attachment.container_id, request.attachment.ifname);
  if (!TRY(side.host.find_link(host_name))) {
    return check_failed("host interface " + host_name + " is gone");
  }
  TRY(check_addresses_of(side, *link, request, index));
  return check_routes_of(side, request);
}

Interface shown(const Link& link, const std::string& sandbox) {
  return {.name = link.name, .mac = link.mac, .mtu = link.mtu, .sandbox = sandbox};
}

std::string veth_obstacle() {
  const auto netlink = Netlink::open();
  if (!netlink) return netlink.error().msg;
  return netlink->veth_obstacle();
}

}  // namespace testbed::cni
