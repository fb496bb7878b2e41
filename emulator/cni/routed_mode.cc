// A veth pair for each pod and a route on the host to the pod's one address: the form of the
// standard ptp plugin, but with the messages that gVisor takes. The gateway's address is on every
// host end, as a host address, so that a range gives an address to each pod and one to the gateway,
// no more. Packets between pods are forwarded, which is what makes DNAT work between them in
// gVisor, where a bridge answers with RST.
#include "emulator/cni/addressing.h"
#include "emulator/cni/host_nat.h"
#include "emulator/cni/modes.h"
#include "emulator/cni/pod_attachment.h"
#include "emulator/cni/pod_link.h"

namespace testbed::cni {
namespace {

Prefix default_route(bool v6) { return {*Address::parse(v6 ? "::" : "0.0.0.0"), 0}; }

// A pod has its address alone, and reaches all else by the gateway. Where the configuration gives
// no routes, the default route of each family is the one.
void shape(Addressing& addressing) {
  const bool chosen = !addressing.routes.empty();
  for (Addressing::Item& item : addressing.items) {
    item.address.length = item.address.address.bits();
    if (!chosen) {
      addressing.routes.push_back({default_route(item.address.address.v6), std::nullopt});
    }
  }
}

Answer<> require_gateways(const Addressing& addressing) {
  for (const Addressing::Item& item : addressing.items) {
    if (item.gateway) continue;
    return Failure{.code = Code::DelegateFailed,
                   .msg = "the IPAM plugin gave " + item.address.text() +
                          " without a gateway; routed mode needs one"};
  }
  return {};
}

Answer<> connect(const PodSide& side, const PodLink& link, const Addressing& addressing) {
  for (const Addressing::Item& item : addressing.items) {
    if (item.address.address.v6) TRY(enable_ipv6(side));
    const Prefix gateway = Prefix::host(*item.gateway);
    TRY(side.host.add_address(link.host, gateway));
    TRY(side.host.add_route(link.host, item.address, std::nullopt));
    TRY(side.pod.add_address(link.pod, item.address));
    TRY(side.pod.add_route(link.pod, gateway, std::nullopt));
    for (const Route& route : addressing.routes) {
      if (route.destination.address.v6 != item.address.address.v6) continue;
      TRY(side.pod.add_route(link.pod, route.destination,
                             route.gateway ? route.gateway : item.gateway));
    }
    TRY(allow_forwarding(item.address.address.v6));
  }
  return {};
}

Answer<Success> make(const Request& request, Addressing addressing) {
  shape(addressing);
  TRY(require_gateways(addressing));
  const PodSide side = TRY(open_pod(request));
  const PodLink link = TRY(add_pod_link(side, request));
  TRY(connect(side, link, addressing));
  if (!request.config.ports.empty()) TRY(allow_loopback_source(link.host.name));
  TRY(add_nat(request.config, side.host, addressing.addresses()));
  Success success;
  success.interfaces = {shown(link.host, ""), shown(link.pod, request.netns)};
  put_addressing(addressing, 1, request, success);
  return success;
}

Answer<Success> add(const Request& request) { return add_pod(request, make); }

Answer<> check(const Request& request) {
  TRY(check_addresses(request));
  const PodSide side = TRY(open_pod(request));
  TRY(check_pod_link(side, request));
  return check_nat(request.config, side.host, TRY(held_addresses(request, request.attachment)));
}

}  // namespace

const ModeVerbs kRoutedMode = {.mode = Mode::Routed,
                               .add = add,
                               .del = del_pod,
                               .check = check,
                               .forget = forget_pod,
                               .close_network = close_pod_network,
                               .obstacle = veth_obstacle};

}  // namespace testbed::cni
