// Rules of the nat table as the kernel's bytes, and back.
#include <arpa/inet.h>

#include <algorithm>

#include "emulator/cni/xt_layout.h"
#include "emulator/cni/xtables.h"

namespace testbed::cni {
namespace {

Address address_from(const void* bytes, bool v6) {
  Address address;
  address.v6 = v6;
  std::memcpy(address.bytes.data(), bytes, v6 ? 16 : 4);
  return address;
}

Address mask_of(unsigned length, bool v6) {
  Address ones;
  ones.v6 = v6;
  ones.bytes.fill(0xff);
  if (!v6) std::fill(ones.bytes.begin() + 4, ones.bytes.end(), std::uint8_t{0});
  return ones.first_of(length);
}

// The length of a mask; none where it is not of the form 1...10...0.
std::optional<unsigned> length_of(const Address& mask) {
  for (unsigned length = 0; length <= mask.bits(); ++length) {
    if (mask == mask_of(length, mask.v6)) return length;
  }
  return std::nullopt;
}

std::optional<Prefix> prefix_from(const void* bytes, const void* mask, bool v6, bool& odd) {
  const auto length = length_of(address_from(mask, v6));
  if (!length) odd = true;
  if (!length || *length == 0) return std::nullopt;
  return Prefix{address_from(bytes, v6), *length};
}

void put_prefix(const std::optional<Prefix>& prefix, bool v6, void* bytes, void* mask) {
  if (!prefix) return;
  std::memcpy(bytes, prefix->address.first_of(prefix->length).bytes.data(), v6 ? 16 : 4);
  std::memcpy(mask, mask_of(prefix->length, v6).bytes.data(), v6 ? 16 : 4);
}

template <class Ip>
void put_common(Ip& ip, const NatRule& rule) {
  rule.out_interface.copy(ip.outiface, sizeof ip.outiface - 1);
  // As iptables does: the name with its end, so that "eth1" is not "eth10".
  if (!rule.out_interface.empty()) {
    std::memset(ip.outiface_mask, 0xff, rule.out_interface.size() + 1);
  }
  ip.proto = static_cast<std::uint16_t>(rule.protocol);
  if (rule.not_destination) ip.invflags |= IPT_INV_DSTIP;
}

template <class Head>
std::string head_of(const char* name, std::uint8_t revision, std::size_t payload) {
  Head head{};
  head.size = static_cast<std::uint16_t>(xt_align(sizeof head + payload));
  std::strcpy(head.name, name);
  head.revision = revision;
  std::string bytes(head.size, '\0');
  put_at(bytes, 0, head);
  return bytes;
}

template <class Payload>
std::string match_bytes(const char* name, std::uint8_t revision, const Payload& payload) {
  std::string bytes = head_of<XtMatchHead>(name, revision, sizeof payload);
  put_at(bytes, sizeof(XtMatchHead), payload);
  return bytes;
}

std::string matches_of(const NatRule& rule) {
  std::string bytes;
  const auto port = static_cast<std::uint16_t>(rule.port);
  if (rule.port != 0 && rule.protocol == Protocol::Tcp) {
    bytes += match_bytes("tcp", 0,
                         XtTcp{.ports = {{0, 0xffff}, {port, port}},
                               .option = 0,
                               .flag_mask = 0,
                               .flag_cmp = 0,
                               .inverse = 0});
  }
  if (rule.port != 0 && rule.protocol == Protocol::Udp) {
    bytes += match_bytes("udp", 0, XtUdp{.ports = {{0, 0xffff}, {port, port}}, .inverse = 0});
  }
  if (rule.to_local) {
    bytes +=
        match_bytes("addrtype", 1, XtAddrtype{.source = 0, .destination = kTypeLocal, .flags = 0});
  }
  return bytes;
}

const char* target_name(NatTarget target) {
  switch (target) {
    case NatTarget::Dnat:
      return "DNAT";
    case NatTarget::Snat:
      return "SNAT";
    case NatTarget::Masquerade:
      return "MASQUERADE";
  }
  return "";
}

template <class Range>
void put_target_range(Range& range, const NatRule& rule) {
  if (rule.to) {
    range.flags |= kMapAddress;
    std::memcpy(range.min_address, rule.to->bytes.data(), sizeof range.min_address);
    std::memcpy(range.max_address, rule.to->bytes.data(), sizeof range.max_address);
  }
  if (rule.to_port != 0) {
    range.flags |= kMapPort;
    range.min_port = range.max_port = htons(static_cast<std::uint16_t>(rule.to_port));
  }
}

template <class Payload>
std::string target_bytes(const char* name, std::uint8_t revision, const Payload& payload) {
  std::string bytes = head_of<XtTargetHead>(name, revision, sizeof payload);
  put_at(bytes, sizeof(XtTargetHead), payload);
  return bytes;
}

// Revision 0 is that of IPv4, except for MASQUERADE, which has no other; 1 came with IPv6.
std::string target_of(const NatRule& rule, std::uint8_t dnat_revision) {
  const char* name = target_name(rule.target);
  if (rule.target == NatTarget::Dnat && dnat_revision == 2) {
    XtNat2 range{};
    put_target_range(range.range, rule);
    return target_bytes(name, 2, range);
  }
  if (!rule.v6) {
    XtNat4 range{};
    range.count = 1;
    put_target_range(range, rule);
    return target_bytes(name, 0, range);
  }
  XtNat6 range{};
  put_target_range(range, rule);
  return target_bytes(name, rule.target == NatTarget::Masquerade ? 0 : 1, range);
}

template <class Entry>
std::string finished(Entry entry, const NatRule& rule, std::uint8_t dnat_revision) {
  const std::string matches = matches_of(rule), target = target_of(rule, dnat_revision);
  entry.target_offset = static_cast<std::uint16_t>(sizeof entry + matches.size());
  entry.next_offset = static_cast<std::uint16_t>(entry.target_offset + target.size());
  std::string bytes(sizeof entry, '\0');
  put_at(bytes, 0, entry);
  return bytes + matches + target;
}

// False where the match is none of those that we write.
bool read_match(const std::string& bytes, std::size_t offset, NatRule& rule) {
  const auto head = at<XtMatchHead>(bytes, offset);
  const std::string name(head.name, strnlen(head.name, sizeof head.name));
  const std::size_t payload = offset + sizeof head;
  if (name == "tcp" || name == "udp") {
    const auto ports = at<XtPorts>(bytes, payload);
    rule.port = ports.destination[0];
    return ports.source[0] == 0 && ports.source[1] == 0xffff &&
           ports.destination[0] == ports.destination[1];
  }
  if (name == "addrtype" && head.revision == 1) {
    const auto type = at<XtAddrtype>(bytes, payload);
    rule.to_local = type.source == 0 && type.destination == kTypeLocal && type.flags == 0;
    return rule.to_local;
  }
  return false;
}

template <class Range>
void read_range(const Range& range, bool v6, NatRule& rule) {
  if ((range.flags & kMapAddress) != 0) rule.to = address_from(range.min_address, v6);
  if ((range.flags & kMapPort) != 0) rule.to_port = ntohs(range.min_port);
}

bool read_target(const std::string& bytes, std::size_t offset, NatRule& rule) {
  const auto head = at<XtTargetHead>(bytes, offset);
  const std::string name(head.name, strnlen(head.name, sizeof head.name));
  const std::size_t payload = offset + sizeof head;
  for (const NatTarget target : {NatTarget::Dnat, NatTarget::Snat, NatTarget::Masquerade}) {
    if (name != target_name(target)) continue;
    rule.target = target;
    const bool old_form = !rule.v6 && head.revision == 0;
    if (old_form) {
      read_range(at<XtNat4>(bytes, payload), false, rule);
    } else {
      read_range(at<XtNat6>(bytes, payload), rule.v6, rule);
    }
    return true;
  }
  return false;
}

template <class Entry>
std::optional<NatRule> read_entry(const std::string& bytes, NatRule rule, const Entry& entry,
                                  const void* source, const void* source_mask,
                                  const void* destination, const void* destination_mask,
                                  const char* in, const char* out, unsigned inverse) {
  bool odd = false;
  rule.source = prefix_from(source, source_mask, rule.v6, odd);
  rule.destination = prefix_from(destination, destination_mask, rule.v6, odd);
  rule.not_destination = (inverse & IPT_INV_DSTIP) != 0;
  if (odd || (inverse & ~static_cast<unsigned>(IPT_INV_DSTIP)) != 0 || in[0] != '\0') {
    return std::nullopt;
  }
  rule.out_interface = std::string(out, strnlen(out, IFNAMSIZ));
  for (std::size_t offset = sizeof entry; offset < entry.target_offset;) {
    const auto size = at<std::uint16_t>(bytes, offset);
    if (size < sizeof(XtMatchHead) || !read_match(bytes, offset, rule)) return std::nullopt;
    offset += size;
  }
  return read_target(bytes, entry.target_offset, rule) ? std::optional(std::move(rule))
                                                       : std::nullopt;
}

std::optional<Protocol> protocol_of(unsigned number) {
  for (const Protocol known : {Protocol::Any, Protocol::Tcp, Protocol::Udp}) {
    if (number == static_cast<unsigned>(known)) return known;
  }
  return std::nullopt;
}

}  // namespace

XtEntry encode(const NatRule& rule, std::uint8_t dnat_revision) {
  if (rule.v6) {
    ip6t_entry entry{};
    put_common(entry.ipv6, rule);
    if (rule.protocol != Protocol::Any) entry.ipv6.flags |= IP6T_F_PROTO;
    put_prefix(rule.source, true, &entry.ipv6.src, &entry.ipv6.smsk);
    put_prefix(rule.destination, true, &entry.ipv6.dst, &entry.ipv6.dmsk);
    return {finished(entry, rule, dnat_revision)};
  }
  ipt_entry entry{};
  put_common(entry.ip, rule);
  put_prefix(rule.source, false, &entry.ip.src, &entry.ip.smsk);
  put_prefix(rule.destination, false, &entry.ip.dst, &entry.ip.dmsk);
  return {finished(entry, rule, dnat_revision)};
}

std::optional<NatRule> decode(const XtEntry& xt, bool v6, NatChain chain) {
  NatRule rule{.chain = chain, .v6 = v6};
  if (v6) {
    const auto entry = at<ip6t_entry>(xt.bytes, 0);
    const auto protocol = protocol_of(entry.ipv6.proto);
    if (!protocol) return std::nullopt;
    rule.protocol = *protocol;
    return read_entry(xt.bytes, rule, entry, &entry.ipv6.src, &entry.ipv6.smsk, &entry.ipv6.dst,
                      &entry.ipv6.dmsk, entry.ipv6.iniface, entry.ipv6.outiface,
                      entry.ipv6.invflags);
  }
  const auto entry = at<ipt_entry>(xt.bytes, 0);
  const auto protocol = protocol_of(entry.ip.proto);
  if (!protocol) return std::nullopt;
  rule.protocol = *protocol;
  return read_entry(xt.bytes, rule, entry, &entry.ip.src, &entry.ip.smsk, &entry.ip.dst,
                    &entry.ip.dmsk, entry.ip.iniface, entry.ip.outiface, entry.ip.invflags);
}

}  // namespace testbed::cni
