#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emulator/cni/address.h"
#include "emulator/cni/failure.h"
#include "orchestrator/base/json.h"

namespace testbed::cni {

// The result types of the specification, section 5. Fields that this plugin does not set itself but
// may get in a prevResult are kept in `more` and given back.
struct Interface {
  std::string name;
  std::string mac{};
  unsigned mtu = 0;       // printed from 1.1.0 on
  std::string sandbox{};  // empty: on the host
  json::object more{};
};

struct AssignedAddress {
  Prefix address;
  std::optional<Address> gateway{};
  std::optional<std::int64_t> interface {};  // index of Success::interfaces
};

struct Route {
  Prefix destination;
  std::optional<Address> gateway{};
  json::object more{};  // mtu, advmss, priority, table, scope: from 1.1.0 on
};

struct Success {
  std::vector<Interface> interfaces{};
  std::vector<AssignedAddress> ips{};
  std::vector<Route> routes{};
  json::object dns{};
};

// Every version of the configuration and result format, oldest first.
const std::vector<std::string>& supported_versions();
bool is_supported(std::string_view version);
// Whether `version` is at least `least`; both are supported ones.
bool at_least(std::string_view version, std::string_view least);

// The form of that version: ip4 and ip6 up to 0.2.0, ips[].version up to 0.4.0, without it from
// 1.0.0 on.
json::object to_json(const Success& success, const std::string& version);
// `value` as a prevResult: its own cniVersion decides its form, or `version` if it has none.
Answer<Success> read_success(const json::value& value, const std::string& version);

json::object to_json(const Failure& failure, const std::string& version);

}  // namespace testbed::cni
