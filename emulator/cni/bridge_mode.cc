// The form of the standard bridge plugin: pods of a network on one bridge, by the same keys of the
// configuration. For comparison, and where pods have to share a link.
#include "emulator/cni/addressing.h"
#include "emulator/cni/host_nat.h"
#include "emulator/cni/modes.h"
#include "emulator/cni/pod_attachment.h"
#include "emulator/cni/pod_link.h"

namespace testbed::cni {
namespace {

Answer<Link> open_bridge(const Netlink& host, const Config& config) {
  auto bridge = TRY(host.find_link(config.bridge));
  if (!bridge) {
    TRY(host.add_bridge(config.bridge, config.mtu));
    const Link made = TRY(host.link(config.bridge));
    bridge = TRY(widen(host, made, config));
  }
  TRY(host.set_up(*bridge));
  return *std::move(bridge);
}

Answer<> be_gateway(const Netlink& host, const Link& bridge, const Addressing& addressing) {
  for (const Addressing::Item& item : addressing.items) {
    if (!item.gateway) continue;
    TRY(host.add_address(bridge, Prefix{*item.gateway, item.address.length}));
    TRY(allow_forwarding(item.address.address.v6));
  }
  return {};
}

// Where a gateway is the default one, it is so for the families whose default route is not given.
void add_default_routes(Addressing& addressing) {
  for (const Addressing::Item& item : addressing.items) {
    const bool v6 = item.address.address.v6;
    bool given = false;
    for (const Route& route : addressing.routes) {
      given = given || (route.destination.length == 0 && route.destination.address.v6 == v6);
    }
    if (!given && item.gateway) {
      addressing.routes.push_back(
          {Prefix{*Address::parse(v6 ? "::" : "0.0.0.0"), 0}, item.gateway});
    }
  }
}

Answer<> connect(const PodSide& side, const PodLink& link, const Addressing& addressing) {
  for (const Addressing::Item& item : addressing.items) {
    if (item.address.address.v6) TRY(enable_ipv6(side));
    TRY(side.pod.add_address(link.pod, item.address));
    for (const Route& route : addressing.routes) {
      if (route.destination.address.v6 != item.address.address.v6) continue;
      const auto gateway = route.gateway ? route.gateway : item.gateway;
      TRY(side.pod.add_route(link.pod, route.destination, gateway));
    }
  }
  return {};
}

Answer<Success> make(const Request& request, Addressing addressing) {
  const Config& config = request.config;
  if (config.is_default_gateway) add_default_routes(addressing);
  const PodSide side = TRY(open_pod(request));
  const Link bridge = TRY(open_bridge(side.host, config));
  const PodLink link = TRY(add_pod_link(side, request));
  TRY(side.host.set_master(link.host, bridge));
  if (config.hairpin) TRY(side.host.set_hairpin(link.host));
  TRY(connect(side, link, addressing));
  if (config.is_gateway) TRY(be_gateway(side.host, bridge, addressing));
  if (!config.ports.empty()) TRY(allow_loopback_source(bridge.name));
  TRY(add_nat(config, side.host, addressing.addresses()));
  Success success;
  // Read again: a bridge takes the hardware address of a port.
  success.interfaces = {shown(TRY(side.host.link(config.bridge)), ""), shown(link.host, ""),
                        shown(link.pod, request.netns)};
  put_addressing(addressing, 2, request, success);
  return success;
}

Answer<Success> add(const Request& request) { return add_pod(request, make); }

Answer<> check(const Request& request) {
  TRY(check_addresses(request));
  const PodSide side = TRY(open_pod(request));
  if (!TRY(side.host.find_link(request.config.bridge))) {
    return Failure{.code = Code::CheckFailed,
                   .msg = "bridge " + request.config.bridge + " is gone"};
  }
  TRY(check_pod_link(side, request));
  return check_nat(request.config, side.host, TRY(held_addresses(request, request.attachment)));
}

}  // namespace

const ModeVerbs kBridgeMode = {.mode = Mode::Bridge,
                               .add = add,
                               .del = del_pod,
                               .check = check,
                               .forget = forget_pod,
                               // The bridge itself stays, as the standard plugin leaves it:
                               // others may have put links into it.
                               .close_network = close_pod_network,
                               .obstacle = veth_obstacle};

}  // namespace testbed::cni
