#include "emulator/cni/result.h"

#include <algorithm>

namespace testbed::cni {
namespace {

Failure undecodable(const std::string& what) {
  return {.code = Code::Undecodable, .msg = "could not parse prevResult: " + what};
}

json::array routes_json(const std::vector<Route>& routes, const std::string& version) {
  json::array list;
  for (const Route& route : routes) {
    json::object item{{"dst", route.destination.text()}};
    if (route.gateway) item["gw"] = route.gateway->text();
    if (at_least(version, "1.1.0")) {
      for (const auto& [key, value] : route.more) item[key] = value;
    }
    list.push_back(std::move(item));
  }
  return list;
}

// Up to 0.2.0 a result has one address a family, each with the routes of that family.
void put_old_form(json::object& out, const Success& success, const std::string& version) {
  for (const bool v6 : {false, true}) {
    const auto found =
        std::find_if(success.ips.begin(), success.ips.end(),
                     [&](const AssignedAddress& ip) { return ip.address.address.v6 == v6; });
    if (found == success.ips.end()) continue;
    json::object item{{"ip", found->address.text()}};
    if (found->gateway) item["gateway"] = found->gateway->text();
    std::vector<Route> routes;
    std::copy_if(success.routes.begin(), success.routes.end(), std::back_inserter(routes),
                 [&](const Route& route) { return route.destination.address.v6 == v6; });
    if (!routes.empty()) item["routes"] = routes_json(routes, version);
    out[v6 ? "ip6" : "ip4"] = std::move(item);
  }
}

json::array interfaces_json(const std::vector<Interface>& interfaces, const std::string& version) {
  json::array list;
  for (const Interface& interface : interfaces) {
    json::object item{{"name", interface.name}};
    if (!interface.mac.empty()) item["mac"] = interface.mac;
    if (at_least(version, "1.1.0")) {
      if (interface.mtu != 0) item["mtu"] = interface.mtu;
      for (const auto& [key, value] : interface.more) item[key] = value;
    }
    if (!interface.sandbox.empty()) item["sandbox"] = interface.sandbox;
    list.push_back(std::move(item));
  }
  return list;
}

json::array ips_json(const std::vector<AssignedAddress>& ips, const std::string& version) {
  json::array list;
  for (const AssignedAddress& ip : ips) {
    json::object item;
    if (!at_least(version, "1.0.0")) item["version"] = ip.address.address.v6 ? "6" : "4";
    if (ip.interface) item["interface"] = *ip.interface;
    item["address"] = ip.address.text();
    if (ip.gateway) item["gateway"] = ip.gateway->text();
    list.push_back(std::move(item));
  }
  return list;
}

Answer<std::optional<Address>> read_gateway(const json::object& item, std::string_view key) {
  const std::string text = text_or(item, key);
  if (text.empty()) return std::optional<Address>();
  const auto address = Address::parse(text);
  if (!address) return undecodable("\"" + text + "\" is not an address");
  return address;
}

Answer<Prefix> read_prefix(const json::object& item, std::string_view key) {
  const std::string text = text_or(item, key);
  const auto prefix = Prefix::parse(text);
  if (!prefix) return undecodable("\"" + text + "\" is not an address with its prefix length");
  return *prefix;
}

// The elements of a list of objects; absent and null are an empty list.
Answer<std::vector<json::object>> read_list(const json::object& in, std::string_view key) {
  std::vector<json::object> items;
  const json::value* list = in.if_contains(key);
  if (!list || list->is_null()) return items;
  if (!list->is_array()) return undecodable(std::string(key) + " is not a list");
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) return undecodable(std::string(key) + " holds what is not an object");
    items.push_back(item.get_object());
  }
  return items;
}

json::object picked(const json::object& from, std::initializer_list<std::string_view> keys) {
  json::object more;
  for (const std::string_view key : keys) {
    if (const json::value* value = from.if_contains(key)) more[key] = *value;
  }
  return more;
}

Answer<> read_routes(const json::object& in, std::vector<Route>& routes) {
  for (const json::object& item : TRY(read_list(in, "routes"))) {
    Route route;
    route.destination = TRY(read_prefix(item, "dst"));
    route.gateway = TRY(read_gateway(item, "gw"));
    route.more = picked(item, {"mtu", "advmss", "priority", "table", "scope"});
    routes.push_back(std::move(route));
  }
  return {};
}

Answer<> read_old_form(const json::object& in, Success& success) {
  for (const std::string_view key : {"ip4", "ip6"}) {
    const json::value* found = in.if_contains(key);
    if (!found || found->is_null()) continue;
    if (!found->is_object()) return undecodable(std::string(key) + " is not an object");
    const json::object& item = found->get_object();
    AssignedAddress ip;
    ip.address = TRY(read_prefix(item, "ip"));
    ip.gateway = TRY(read_gateway(item, "gateway"));
    success.ips.push_back(ip);
    TRY(read_routes(item, success.routes));
  }
  return {};
}

Answer<> read_new_form(const json::object& in, Success& success) {
  for (const json::object& item : TRY(read_list(in, "interfaces"))) {
    Interface interface { .name = text_or(item, "name"), .mac = text_or(item, "mac") };
    interface.mtu =
        static_cast<unsigned>(std::clamp<std::int64_t>(number_or(item, "mtu"), 0, 1 << 30));
    interface.sandbox = text_or(item, "sandbox");
    interface.more = picked(item, {"socketPath", "pciID"});
    success.interfaces.push_back(std::move(interface));
  }
  for (const json::object& item : TRY(read_list(in, "ips"))) {
    AssignedAddress ip;
    ip.address = TRY(read_prefix(item, "address"));
    ip.gateway = TRY(read_gateway(item, "gateway"));
    if (item.contains("interface")) ip.interface = number_or(item, "interface", -1);
    success.ips.push_back(ip);
  }
  return read_routes(in, success.routes);
}

}  // namespace

const std::vector<std::string>& supported_versions() {
  static const std::vector<std::string> kVersions = {"0.1.0", "0.2.0", "0.3.0", "0.3.1",
                                                     "0.4.0", "1.0.0", "1.1.0"};
  return kVersions;
}

bool is_supported(std::string_view version) {
  const auto& all = supported_versions();
  return std::find(all.begin(), all.end(), version) != all.end();
}

bool at_least(std::string_view version, std::string_view least) { return version >= least; }

json::object to_json(const Success& success, const std::string& version) {
  json::object out{{"cniVersion", version}};
  if (!at_least(version, "0.3.0")) {
    put_old_form(out, success, version);
  } else {
    if (!success.interfaces.empty())
      out["interfaces"] = interfaces_json(success.interfaces, version);
    if (!success.ips.empty()) out["ips"] = ips_json(success.ips, version);
    if (!success.routes.empty()) out["routes"] = routes_json(success.routes, version);
  }
  out["dns"] = success.dns;
  return out;
}

Answer<Success> read_success(const json::value& value, const std::string& version) {
  if (!value.is_object()) return undecodable("it is not an object");
  const json::object& in = value.get_object();
  const std::string own = text_or(in, "cniVersion", version);
  if (!is_supported(own)) return undecodable("its cniVersion \"" + own + "\" is not supported");
  Success success;
  if (at_least(own, "0.3.0")) {
    TRY(read_new_form(in, success));
  } else {
    TRY(read_old_form(in, success));
  }
  if (const json::value* dns = in.if_contains("dns"); dns && dns->is_object()) {
    success.dns = dns->get_object();
  }
  return success;
}

json::object to_json(const Failure& failure, const std::string& version) {
  json::object out{
      {"cniVersion", version}, {"code", static_cast<unsigned>(failure.code)}, {"msg", failure.msg}};
  if (!failure.details.empty()) out["details"] = failure.details;
  return out;
}

}  // namespace testbed::cni
