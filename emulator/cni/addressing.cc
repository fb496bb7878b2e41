#include "emulator/cni/addressing.h"

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "emulator/cni/delegate.h"

namespace testbed::cni {
namespace {

bool is_delegated(const Request& request) {
  return request.config.mode != Mode::HostLocal && request.config.ipam.type != "host-local";
}

bool pool_exists(const Request& request) {
  struct stat status {};
  const fs::path directory = request.config.ipam.data_dir / request.config.name;
  return ::stat(directory.c_str(), &status) == 0;
}

// resolv.conf(5) as the "dns" of a result.
json::object read_resolv_conf(const fs::path& path) {
  json::array nameservers, search, options;
  json::object dns;
  std::istringstream lines(read_part(path, 0, std::size_t{1} << 16));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "domain" && words >> key) dns["domain"] = key;
    json::array* list = key == "nameserver" ? &nameservers
                        : key == "search"   ? &search
                        : key == "options"  ? &options
                                            : nullptr;
    for (std::string word; list && words >> word;) list->emplace_back(word);
  }
  if (!nameservers.empty()) dns["nameservers"] = std::move(nameservers);
  if (!search.empty()) dns["search"] = std::move(search);
  if (!options.empty()) dns["options"] = std::move(options);
  return dns;
}

Answer<Addressing> obtain_from_delegate(const Request& request) {
  const Success success = TRY(delegate_add(request));
  Addressing addressing{.items = {}, .routes = success.routes, .dns = success.dns};
  for (const AssignedAddress& ip : success.ips)
    addressing.items.push_back({ip.address, ip.gateway});
  if (addressing.items.empty()) {
    return Failure{.code = Code::DelegateFailed,
                   .msg = "IPAM plugin " + request.config.ipam.type + " returned no address"};
  }
  return addressing;
}

}  // namespace

std::vector<Address> Addressing::addresses() const {
  std::vector<Address> all;
  for (const Item& item : items) all.push_back(item.address.address);
  return all;
}

Answer<Addressing> obtain_addresses(const Request& request) {
  if (is_delegated(request)) return obtain_from_delegate(request);
  const Config& config = request.config;
  AddressPool pool = TRY(AddressPool::open(config.ipam, config.name));
  Addressing addressing{.items = {}, .routes = config.ipam.routes, .dns = {}};
  for (const Given& given : TRY(pool.give(request.attachment, config.ipam.sets, config.wanted))) {
    addressing.items.push_back(
        {Prefix{given.address, given.range.subnet.length}, given.range.gateway});
  }
  if (!config.ipam.resolv_conf.empty()) addressing.dns = read_resolv_conf(config.ipam.resolv_conf);
  return addressing;
}

Answer<std::vector<Address>> held_addresses(const Request& request, const Attachment& attachment) {
  if (is_delegated(request) || !pool_exists(request)) {
    std::vector<Address> all;
    if (request.previous && attachment == request.attachment) {
      for (const AssignedAddress& ip : request.previous->ips) all.push_back(ip.address.address);
    }
    return all;
  }
  const AddressPool pool = TRY(AddressPool::open(request.config.ipam, request.config.name));
  return pool.addresses_of(attachment);
}

Answer<> return_addresses(const Request& request, const Attachment& attachment,
                          const std::function<Answer<>()>& last) {
  if (is_delegated(request)) return delegate_quietly(request);
  if (!pool_exists(request)) return {};
  AddressPool pool = TRY(AddressPool::open(request.config.ipam, request.config.name));
  for (const Address& address : pool.addresses_of(attachment)) TRY(pool.take_back(address));
  if (pool.held().empty()) return last();
  return {};
}

Answer<> check_addresses(const Request& request) {
  if (is_delegated(request)) return delegate_quietly(request);
  const std::vector<Address> held = TRY(held_addresses(request, request.attachment));
  const auto fail = [&](const std::string& what) {
    return Failure{
        .code = Code::CheckFailed,
        .msg = what + " in " + (request.config.ipam.data_dir / request.config.name).string()};
  };
  if (held.empty()) {
    return fail("no address of container " + request.attachment.container_id);
  }
  for (const AssignedAddress& ip : request.previous->ips) {
    const auto& sets = request.config.ipam.sets;
    const bool ours = std::any_of(sets.begin(), sets.end(), [&](const RangeSet& set) {
      return std::any_of(set.begin(), set.end(), [&](const PoolRange& range) {
        return range.subnet.contains(ip.address.address);
      });
    });
    if (ours && std::find(held.begin(), held.end(), ip.address.address) == held.end()) {
      return fail("address " + ip.address.address.text() + " of container " +
                  request.attachment.container_id + " is not reserved");
    }
  }
  return {};
}

void put_addressing(const Addressing& addressing, std::optional<std::int64_t> interface,
                    const Request& request, Success& success) {
  for (const Addressing::Item& item : addressing.items) {
    success.ips.push_back({item.address, item.gateway, interface});
  }
  success.routes = addressing.routes;
  // What the configuration says of DNS goes before what an IPAM plugin says.
  success.dns = request.config.dns.empty() ? addressing.dns : request.config.dns;
}

Success merged(const std::optional<Success>& previous, Success own) {
  if (!previous) return own;
  Success all = *previous;
  const auto shift = static_cast<std::int64_t>(all.interfaces.size());
  for (Interface& interface : own.interfaces) all.interfaces.push_back(std::move(interface));
  for (AssignedAddress& ip : own.ips) {
    if (ip.interface) *ip.interface += shift;
    all.ips.push_back(ip);
  }
  for (Route& route : own.routes) all.routes.push_back(std::move(route));
  if (all.dns.empty()) all.dns = own.dns;
  return all;
}

}  // namespace testbed::cni
