#pragma once

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace testbed::cni {

// The structures of the legacy iptables interface that have no header in user space or one that is
// C only, with the kernel's layout.
struct XtTargetHead {  // xt_entry_target
  std::uint16_t size;
  char name[29];
  std::uint8_t revision;
};
struct XtMatchHead {  // xt_entry_match
  std::uint16_t size;
  char name[29];
  std::uint8_t revision;
};
struct XtNat4 {  // nf_nat_ipv4_multi_range_compat, revision 0 of SNAT, DNAT and MASQUERADE
  std::uint32_t count;
  std::uint32_t flags;
  std::uint8_t min_address[4], max_address[4];
  std::uint16_t min_port, max_port;  // network byte order
};
struct XtNat6 {  // nf_nat_range
  std::uint32_t flags;
  std::uint8_t min_address[16], max_address[16];
  std::uint16_t min_port, max_port;
};
struct XtNat2 {  // nf_nat_range2, revision 2 of DNAT
  XtNat6 range;
  std::uint16_t base_port, unused;
};
struct XtPorts {                            // xt_tcp and xt_udp begin alike
  std::uint16_t source[2], destination[2];  // host byte order: first and last
};
struct XtTcp {
  XtPorts ports;
  std::uint8_t option, flag_mask, flag_cmp, inverse;
};
struct XtUdp {
  XtPorts ports;
  std::uint8_t inverse;
};
struct XtAddrtype {  // xt_addrtype_info_v1
  std::uint16_t source, destination;
  std::uint32_t flags;
};

static_assert(sizeof(XtTargetHead) == 32 && sizeof(XtMatchHead) == 32);
static_assert(sizeof(XtNat4) == 20 && sizeof(XtNat6) == 40 && sizeof(XtNat2) == 44 &&
              sizeof(XtTcp) == 12);

inline constexpr std::uint32_t kMapAddress = 1, kMapPort = 2;  // NF_NAT_RANGE_*
inline constexpr std::uint16_t kTypeLocal = 1 << 2;            // XT_ADDRTYPE_LOCAL

constexpr std::size_t xt_align(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

// The kernel's structures end in arrays of size zero, which `{}` cannot initialise in ISO C++.
template <class T>
T zeroed() {
  T value;
  std::memset(static_cast<void*>(&value), 0, sizeof value);
  return value;
}

// The structure at that place, or zeros where the bytes end before it does.
template <class T>
T at(const std::string& bytes, std::size_t offset) {
  T value = zeroed<T>();
  if (offset + sizeof value <= bytes.size()) {
    std::memcpy(static_cast<void*>(&value), bytes.data() + offset, sizeof value);
  }
  return value;
}

template <class T>
void put_at(std::string& bytes, std::size_t offset, const T& value) {
  std::memcpy(bytes.data() + offset, static_cast<const void*>(&value), sizeof value);
}

}  // namespace testbed::cni
