#include "emulator/cni/pod_attachment.h"

#include "emulator/cni/host_nat.h"
#include "emulator/cni/pod_link.h"

namespace testbed::cni {

Answer<> close_pod_network(const Request& request) { return remove_network_nat(request.config); }

Answer<> forget_pod(const Request& request, const Attachment& attachment) {
  const auto addresses = TRY(held_addresses(request, attachment));
  const Netlink host = TRY(Netlink::open());
  TRY(remove_pod_link(request, attachment));
  TRY(remove_nat(request.config, host, addresses));
  return return_addresses(request, attachment, [&] { return close_pod_network(request); });
}

Answer<> del_pod(const Request& request) { return forget_pod(request, request.attachment); }

Answer<Success> add_pod(const Request& request,
                        Answer<Success> (*make)(const Request& request, Addressing addressing)) {
  auto made = make(request, TRY(obtain_addresses(request)));
  if (!made) {
    // An interface that was there belongs to an attachment which goes on.
    const bool theirs = made.error().code == Code::InterfaceExists;
    if (!theirs) (void)del_pod(request);
    return std::move(made).error();
  }
  return merged(request.previous, std::move(made).value());
}

}  // namespace testbed::cni
