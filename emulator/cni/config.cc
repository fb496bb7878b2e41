#include "emulator/cni/config.h"

#include <algorithm>
#include <array>

#include "emulator/cni/config_reader.h"
#include "emulator/cni/names.h"

namespace testbed::cni {
namespace {

constexpr std::array kModes = {
    std::pair{"fake", Mode::Fake},
    std::pair{"loopback", Mode::Loopback},
    std::pair{"routed", Mode::Routed},
    std::pair{"bridge", Mode::Bridge},
    std::pair{"host-local", Mode::HostLocal},
};

// /run is emptied by a restart of the machine, as its pods are. host-local keeps its own place.
constexpr const char* kDataDir = "/run/cni/networks";
constexpr const char* kHostLocalDataDir = "/var/lib/cni/networks";

constexpr std::int64_t kMaxPort = 65535, kMaxMtu = 65535, kMaxDelayMs = 600'000;

// By the name it was called with, by its own key, by its type: the first that says something.
Mode mode_of(Fields& config, std::string_view program, const std::string& type) {
  const std::string wanted = config.text("mode");
  if (const auto mode = mode_named(program)) return *mode;
  if (!wanted.empty()) {
    if (const auto mode = mode_named(wanted)) return *mode;
    config.problem("mode",
                   "\"" + wanted + "\" is none of fake, loopback, routed, bridge, host-local");
  }
  return mode_named(type).value_or(Mode::Routed);
}

void read_range(Fields range, RangeSet& set) {
  const auto subnet = range.prefix("subnet");
  if (!subnet) {
    if (range.text("subnet").empty()) range.problem("subnet", "is missing");
    return;
  }
  const Prefix network = subnet->network();
  // host-local's rule: room for the network, the gateway and one more.
  if (network.length + 2 > network.address.bits()) {
    return range.problem("subnet", network.text() + " is too small to allocate from");
  }
  const Address low = network.address.next();
  const Address top = network.address.last_of(network.length);
  PoolRange made{
      .subnet = network,
      .first = range.address("rangeStart").value_or(low),
      .last = range.address("rangeEnd").value_or(network.address.v6 ? top : top.previous()),
      .gateway = range.address("gateway").value_or(low)};
  for (const auto& [key, address] :
       {std::pair{"rangeStart", made.first}, {"rangeEnd", made.last}}) {
    if (!network.contains(address)) {
      range.problem(key, address.text() + " is not in " + network.text());
    }
  }
  if (made.first > made.last) range.problem("rangeEnd", "is before rangeStart");
  set.push_back(made);
}

void check_overlap(Fields& ipam, const std::vector<RangeSet>& sets) {
  std::vector<PoolRange> seen;
  for (const RangeSet& set : sets) {
    for (const PoolRange& range : set) {
      for (const PoolRange& other : seen) {
        if (other.subnet.address.v6 != range.subnet.address.v6) continue;
        if (range.first <= other.last && other.first <= range.last) {
          ipam.problem("ranges", range.subnet.text() + " overlaps " + other.subnet.text());
        }
      }
      seen.push_back(range);
    }
  }
}

void read_routes(Fields& ipam, std::vector<Route>& routes) {
  for (Fields item : ipam.list("routes")) {
    const auto destination = item.prefix("dst");
    if (!destination) {
      if (item.text("dst").empty()) item.problem("dst", "is missing");
      continue;
    }
    Route route{.destination = *destination, .gateway = item.address("gw")};
    for (const std::string_view key : {"mtu", "advmss", "priority", "table", "scope"}) {
      if (const json::value* value = item.source().if_contains(key)) route.more[key] = *value;
    }
    routes.push_back(std::move(route));
  }
}

void read_ipam(Fields& config, Config& made) {
  Fields ipam = config.object("ipam");
  const std::string type = ipam.text("type");
  if (!type.empty()) made.ipam.type = type;
  if (ipam.has("subnet")) made.ipam.sets.emplace_back();
  if (ipam.has("subnet")) read_range(ipam, made.ipam.sets.back());
  const auto read_sets = [&](Fields& from, std::string_view key) {
    for (auto& set : from.list_of_lists(key)) {
      made.ipam.sets.emplace_back();
      for (Fields& range : set) read_range(range, made.ipam.sets.back());
    }
  };
  read_sets(ipam, "ranges");
  Fields runtime = config.object("runtimeConfig");
  // What the runtime gives (the node's pod ranges, say) comes first, as with host-local.
  if (runtime.has("ipRanges")) {
    std::vector<RangeSet> own;
    own.swap(made.ipam.sets);
    read_sets(runtime, "ipRanges");
    made.ipam.sets.insert(made.ipam.sets.end(), own.begin(), own.end());
  }
  check_overlap(ipam, made.ipam.sets);
  read_routes(ipam, made.ipam.routes);
  const bool standalone = made.mode == Mode::HostLocal;
  made.ipam.data_dir = standalone ? kHostLocalDataDir : kDataDir;
  for (Fields* from : {&config, &ipam}) {
    const std::string wanted = from->text("dataDir");
    if (wanted.empty()) continue;
    if (!wanted.starts_with("/")) from->problem("dataDir", "\"" + wanted + "\" is not absolute");
    made.ipam.data_dir = wanted;
  }
  made.ipam.resolv_conf = ipam.text("resolvConf");
}

void read_ports(Fields& runtime, std::vector<PortMapping>& ports) {
  for (Fields item : runtime.list("portMappings")) {
    PortMapping port;
    port.host_port = static_cast<unsigned>(item.number("hostPort", 0, 0, kMaxPort));
    port.container_port = static_cast<unsigned>(item.number("containerPort", 0, 1, kMaxPort));
    const std::string protocol = item.text("protocol", "tcp");
    if (protocol != "tcp" && protocol != "udp" && protocol != "TCP" && protocol != "UDP") {
      item.problem("protocol", "\"" + protocol + "\" is neither tcp nor udp");
    }
    port.udp = protocol == "udp" || protocol == "UDP";
    if (!item.text("hostIP").empty()) port.host_address = item.address("hostIP");
    if (port.host_port != 0) ports.push_back(port);  // 0: nothing to publish, as portmap has it
  }
}

void add_wanted(Fields& from, std::string_view key, std::vector<Address>& wanted) {
  for (const std::string& text : from.texts(key)) {
    const auto prefix = Prefix::parse(text);
    const auto address = prefix ? std::optional(prefix->address) : Address::parse(text);
    if (!address) {
      from.problem(key, "\"" + text + "\" is not an address");
    } else {
      wanted.push_back(*address);
    }
  }
}

// What the runtime adds for one attachment: capabilities, "args" and CNI_ARGS.
void read_runtime(Fields& config, const std::map<std::string, std::string>& args, Config& made) {
  Fields runtime = config.object("runtimeConfig");
  read_ports(runtime, made.ports);
  made.mac = runtime.text("mac");
  add_wanted(runtime, "ips", made.wanted);
  Fields own_args = config.object("args");
  Fields cni_args = own_args.object("cni");
  add_wanted(cni_args, "ips", made.wanted);
  if (made.mac.empty()) made.mac = cni_args.text("mac");
  if (const auto found = args.find("IP"); found != args.end()) {
    const auto address = Address::parse(found->second);
    if (!address) config.problem("CNI_ARGS", "IP=" + found->second + " is not an address");
    if (address) made.wanted.push_back(*address);
  }
  if (const auto found = args.find("MAC"); found != args.end() && made.mac.empty()) {
    made.mac = found->second;
  }
  if (!made.mac.empty() && !is_mac(made.mac)) {
    config.problem("mac", "\"" + made.mac + "\" is not a hardware address");
  }
}

constexpr std::array kFaultKinds = {
    std::pair{"fail", Fault::Kind::Fail},
    std::pair{"delay", Fault::Kind::Delay},
    std::pair{"garbage", Fault::Kind::Garbage},
    std::pair{"truncate", Fault::Kind::Truncate},
    std::pair{"version", Fault::Kind::WrongVersion},
    std::pair{"die", Fault::Kind::Die},
};

std::optional<Fault::Kind> fault_named(std::string_view name) {
  for (const auto& [known, kind] : kFaultKinds) {
    if (name == known) return kind;
  }
  return std::nullopt;
}

void read_faults(Fields& config, const std::map<std::string, std::string>& args, Config& made) {
  const auto take = [&](Fields& from, const std::string& name, Fault fault) {
    if (const auto kind = fault_named(name)) {
      fault.kind = *kind;
      made.faults.push_back(std::move(fault));
    } else {
      from.problem("do",
                   "\"" + name + "\" is none of fail, delay, garbage, truncate, version, die");
    }
  };
  for (Fields item : config.list("faults")) {
    const std::int64_t code = item.number("code", static_cast<unsigned>(Code::Injected), 1, 999);
    const std::int64_t delay = item.number("ms", 1000, 0, kMaxDelayMs);
    const std::string name = item.text("do");
    take(item, name,
         {.verb = item.text("verb"),
          .number = name == "delay" ? delay : code,
          .container_id = item.text("containerID")});
  }
  if (const auto found = args.find("FAULT"); found != args.end()) {
    const auto colon = found->second.find(':');
    const std::string name = found->second.substr(0, colon);
    std::int64_t number = name == "delay" ? 1000 : static_cast<unsigned>(Code::Injected);
    if (colon != std::string::npos) {
      number = std::atoll(found->second.c_str() + colon + 1);
      if (number < 1 || number > kMaxDelayMs) config.problem("CNI_ARGS", "FAULT has a bad number");
    }
    take(config, name, {.verb = "", .number = number});
  }
}

void read_links(Fields& config, Config& made) {
  made.masquerade = config.flag("ipMasq", made.mode == Mode::Routed);
  made.snat4 = config.address("snatAddress");
  made.snat6 = config.address("snatAddress6");
  if (made.snat4 && made.snat4->v6) config.problem("snatAddress", "is not an IPv4 address");
  if (made.snat6 && !made.snat6->v6) config.problem("snatAddress6", "is not an IPv6 address");
  // 68 is the least that IPv4 allows (RFC 791).
  made.mtu = static_cast<unsigned>(config.number("mtu", 0, 0, kMaxMtu));
  if (made.mtu != 0 && made.mtu < 68) config.problem("mtu", "is less than 68");
  made.hairpin = config.flag("hairpinMode", false);
  const std::string bridge = config.text("bridge");
  if (!bridge.empty()) made.bridge = bridge;
  if (const std::string wrong = wrong_interface_name(made.bridge); !wrong.empty()) {
    config.problem("bridge", wrong);
  }
  made.is_default_gateway = config.flag("isDefaultGateway", false);
  made.is_gateway = config.flag("isGateway", false) || made.is_default_gateway;
}

bool needs_addresses(Mode mode) { return mode != Mode::Loopback; }

}  // namespace

std::string_view name_of(Mode mode) {
  for (const auto& [name, known] : kModes) {
    if (known == mode) return name;
  }
  return "";
}

std::optional<Mode> mode_named(std::string_view name) {
  for (const auto& [known, mode] : kModes) {
    if (name == known) return mode;
  }
  return std::nullopt;
}

Answer<Config> read_config(const json::object& source, std::string_view program,
                           const std::map<std::string, std::string>& args) {
  Problems problems;
  Fields fields(source, "", problems);
  Config config;
  config.source = source;
  config.version = fields.text("cniVersion", "0.1.0");
  config.name = fields.text("name");
  config.type = fields.text("type");
  if (config.name.empty()) fields.problem("name", "is missing");
  if (!config.name.empty() && !is_identifier(config.name)) {
    fields.problem("name",
                   "\"" + printable_start(config.name) + "\" is not [A-Za-z0-9][A-Za-z0-9_.-]*");
  }
  config.mode = mode_of(fields, program, config.type);
  if (needs_addresses(config.mode)) {
    read_ipam(fields, config);
    if (config.ipam.type == "host-local" && config.ipam.sets.empty() && problems.empty()) {
      fields.problem("ipam", "has neither subnet nor ranges");
    }
  }
  read_links(fields, config);
  read_runtime(fields, args, config);
  read_faults(fields, args, config);
  config.dns = fields.object("dns").source();
  config.journal = fields.text("journal");
  config.record = fields.text("record");
  if (!problems.empty()) {
    return Failure{
        .code = Code::InvalidConfig, .msg = "invalid network config", .details = joined(problems)};
  }
  return config;
}

}  // namespace testbed::cni
