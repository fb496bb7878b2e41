// Answers as a real plugin would, and touches no network: for control planes that only want a
// plugin that works. Addresses come from the pool, so that they are unique and are returned.
#include <cstdio>

#include "emulator/cni/addressing.h"
#include "emulator/cni/modes.h"
#include "emulator/cni/names.h"

namespace testbed::cni {
namespace {

// The hardware address that belongs to the IPv4 address, as some plugins make it: a locally
// administered prefix and the address.
std::string mac_for(const Address& address, unsigned prefix) {
  const std::size_t from = address.v6 ? 12 : 0;
  char text[18];
  std::snprintf(text, sizeof text, "%02x:58:%02x:%02x:%02x:%02x", prefix, address.bytes[from],
                address.bytes[from + 1], address.bytes[from + 2], address.bytes[from + 3]);
  return text;
}

Answer<Success> add(const Request& request) {
  // In a chain another plugin has answered already: nothing is to be added to that.
  if (request.previous) return *request.previous;
  const Addressing addressing = TRY(obtain_addresses(request));
  const Attachment& own = request.attachment;
  const Address first = addressing.items.front().address.address;
  const unsigned mtu = request.config.mtu != 0 ? request.config.mtu : 1500;
  Success success;
  success.interfaces = {
      {.name = host_interface_name(request.config.name, own.container_id, own.ifname),
       .mac = mac_for(first, 0x0e),
       .mtu = mtu},
      {.name = own.ifname,
       .mac = request.config.mac.empty() ? mac_for(first, 0x0a) : request.config.mac,
       .mtu = mtu,
       .sandbox = request.netns}};
  put_addressing(addressing, 1, request, success);
  return success;
}

Answer<> nothing(const Request&) { return {}; }

Answer<> forget(const Request& request, const Attachment& attachment) {
  return return_addresses(request, attachment, [] { return Answer<>(); });
}

Answer<> del(const Request& request) { return forget(request, request.attachment); }

std::string no_obstacle() { return ""; }

// As host-local: addresses and routes, no interfaces.
Answer<Success> add_addresses(const Request& request) {
  const auto held = TRY(held_addresses(request, request.attachment));
  if (!held.empty()) {
    return Failure{.code = Code::Duplicate,
                   .msg = held.front().text() + " has been allocated to " +
                          request.attachment.container_id +
                          ", duplicate allocation is not allowed"};
  }
  Success success;
  put_addressing(TRY(obtain_addresses(request)), std::nullopt, request, success);
  return success;
}

}  // namespace

const ModeVerbs kFakeMode = {.mode = Mode::Fake,
                             .add = add,
                             .del = del,
                             .check = check_addresses,
                             .forget = forget,
                             .close_network = nothing,
                             .obstacle = no_obstacle};

const ModeVerbs kHostLocalMode = {.mode = Mode::HostLocal,
                                  .add = add_addresses,
                                  .del = del,
                                  .check = check_addresses,
                                  .forget = forget,
                                  .close_network = nothing,
                                  .obstacle = no_obstacle};

}  // namespace testbed::cni
