#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace testbed::cni {

// An IPv4 or IPv6 address, in network byte order; IPv4 uses the first four bytes.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;

  static std::optional<Address> parse(std::string_view text);
  std::string text() const;
  unsigned bits() const { return v6 ? 128 : 32; }

  Address next() const;
  Address previous() const;
  // The first or last address of the prefix of that length which holds this one.
  Address first_of(unsigned length) const;
  Address last_of(unsigned length) const;
  static Address loopback(bool v6);

  bool operator==(const Address&) const = default;
  // Only addresses of one family are ordered in a way that means something.
  std::strong_ordering operator<=>(const Address&) const = default;
};

// An address and the length of its network part: "10.1.0.0/16". The host part may be set.
struct Prefix {
  Address address{};
  unsigned length = 0;

  static std::optional<Prefix> parse(std::string_view text);
  static Prefix host(const Address& address) { return {address, address.bits()}; }
  std::string text() const;
  Prefix network() const { return {address.first_of(length), length}; }
  bool contains(const Address& other) const;

  bool operator==(const Prefix&) const = default;
};

}  // namespace testbed::cni
