// Sets the pod's loopback interface up, as the standard loopback plugin does.
#include "emulator/cni/addressing.h"
#include "emulator/cni/modes.h"
#include "emulator/cni/pod_link.h"

namespace testbed::cni {
namespace {

constexpr const char* kName = "lo";

Answer<Success> add(const Request& request) {
  const PodSide side = TRY(open_pod(request));
  const Link link = TRY(side.pod.link(kName));
  TRY(side.pod.set_up(link));
  // In a chain the result of the plugins before is the result.
  if (request.previous) return *request.previous;
  Success success;
  success.interfaces = {shown(link, request.netns)};
  for (const auto& own : TRY(side.pod.addresses())) {
    if (own.link == link.index) success.ips.push_back({own.address, std::nullopt, 0});
  }
  return success;
}

// The interface goes with its namespace.
Answer<> del(const Request&) { return {}; }

Answer<> check(const Request& request) {
  const PodSide side = TRY(open_pod(request));
  if (TRY(side.pod.link(kName)).up) return {};
  return Failure{.code = Code::CheckFailed, .msg = "interface lo is down"};
}

Answer<> forget(const Request&, const Attachment&) { return {}; }

std::string obstacle() {
  const auto netlink = Netlink::open();
  return netlink ? "" : netlink.error().msg;
}

}  // namespace

const ModeVerbs kLoopbackMode = {.mode = Mode::Loopback,
                                 .add = add,
                                 .del = del,
                                 .check = check,
                                 .forget = forget,
                                 .close_network = del,
                                 .obstacle = obstacle};

}  // namespace testbed::cni
