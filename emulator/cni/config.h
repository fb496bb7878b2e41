#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/cni/result.h"
#include "orchestrator/base/files.h"

namespace testbed::cni {

// What the plugin does with a network. HostLocal only manages addresses, for another plugin.
enum class Mode { Fake, Loopback, Routed, Bridge, HostLocal };

std::string_view name_of(Mode mode);
std::optional<Mode> mode_named(std::string_view name);

// Addresses from `first` to `last`, both included; never the gateway.
struct PoolRange {
  Prefix subnet;
  Address first, last, gateway;
};
using RangeSet = std::vector<PoolRange>;  // an attachment gets one address of each set

struct Ipam {
  std::string type = "host-local";
  std::vector<RangeSet> sets{};
  std::vector<Route> routes{};
  fs::path data_dir{};     // the network's addresses are files in DATA_DIR/NETWORK
  fs::path resolv_conf{};  // empty: the result says nothing of DNS
};

struct PortMapping {
  unsigned host_port = 0, container_port = 0;
  bool udp = false;
  std::optional<Address> host_address{};  // absent: every address of the host
};

// Something to go wrong on purpose.
struct Fault {
  enum class Kind { Fail, Delay, Garbage, Truncate, WrongVersion, Die };
  std::string verb;  // "ADD"; empty: every verb
  Kind kind{};
  std::int64_t number = 0;     // the error code of Fail, the milliseconds of Delay
  std::string container_id{};  // empty: every container
};

// A network configuration as the runtime writes it to standard input, checked.
struct Config {
  std::string version = "0.1.0";  // what the specification says of a configuration without one
  std::string name;
  std::string type;
  Mode mode = Mode::Routed;
  Ipam ipam{};
  bool masquerade = false;
  std::optional<Address> snat4{}, snat6{};  // absent: the address of the interface packets leave by
  unsigned mtu = 0;                         // 0: the kernel's default
  bool hairpin = false;
  std::string bridge = "cni0";
  bool is_gateway = false;
  bool is_default_gateway = false;
  json::object dns{};
  std::vector<PortMapping> ports{};
  std::string mac{};
  std::vector<Address> wanted{};  // addresses that the runtime asks for
  fs::path journal{}, record{};
  std::vector<Fault> faults{};
  json::object source{};  // as it came
};

// `program` is the name by which the plugin was called: "host-local" makes it one. All mistakes
// are in one failure.
Answer<Config> read_config(const json::object& source, std::string_view program,
                           const std::map<std::string, std::string>& args);

}  // namespace testbed::cni
