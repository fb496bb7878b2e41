#pragma once

#include <vector>

#include "emulator/cni/address_pool.h"
#include "emulator/cni/request.h"

namespace testbed::cni {

// What an attachment was given for its interface: by the plugin's own pool or by the IPAM plugin
// that the configuration names.
struct Addressing {
  struct Item {
    Prefix address;  // with the length of the range it is from
    std::optional<Address> gateway;
  };
  std::vector<Item> items{};
  std::vector<Route> routes{};
  json::object dns{};

  std::vector<Address> addresses() const;
};

Answer<Addressing> obtain_addresses(const Request& request);
// Addresses that the pool says the attachment holds; none where there is no pool.
Answer<std::vector<Address>> held_addresses(const Request& request, const Attachment& attachment);
// Gives them back; then, when the network has no address given any more, calls `last`, while ADDs
// wait. Missing state is no error.
Answer<> return_addresses(const Request& request, const Attachment& attachment,
                          const std::function<Answer<>()>& last);
// CheckFailed where the attachment does not hold what prevResult says.
Answer<> check_addresses(const Request& request);

// The addressing as a result, the interface of each address being the one at `interface`.
void put_addressing(const Addressing& addressing, std::optional<std::int64_t> interface,
                    const Request& request, Success& success);

// prevResult with this plugin's interfaces and addresses after those that are there.
Success merged(const std::optional<Success>& previous, Success own);

}  // namespace testbed::cni
