#include "emulator/cni/address.h"

#include <arpa/inet.h>

#include <charconv>

namespace testbed::cni {
namespace {

std::size_t size_of(const Address& address) { return address.v6 ? 16 : 4; }

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string whole(text);
  Address address;
  address.v6 = whole.find(':') != std::string::npos;
  if (whole.find('\0') != std::string::npos) return std::nullopt;
  const int family = address.v6 ? AF_INET6 : AF_INET;
  if (::inet_pton(family, whole.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

Address Address::next() const {
  Address result = *this;
  for (std::size_t i = size_of(*this); i-- > 0;) {
    if (++result.bytes[i] != 0) break;
  }
  return result;
}

Address Address::previous() const {
  Address result = *this;
  for (std::size_t i = size_of(*this); i-- > 0;) {
    if (result.bytes[i]-- != 0) break;
  }
  return result;
}

Address Address::first_of(unsigned length) const {
  Address result = *this;
  for (unsigned bit = length; bit < bits(); ++bit) {
    result.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  return result;
}

Address Address::last_of(unsigned length) const {
  Address result = *this;
  for (unsigned bit = length; bit < bits(); ++bit) {
    result.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  }
  return result;
}

Address Address::loopback(bool v6) { return *parse(v6 ? "::1" : "127.0.0.1"); }

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  if (length > address->bits()) return std::nullopt;
  return Prefix{*address, length};
}

std::string Prefix::text() const { return address.text() + "/" + std::to_string(length); }

bool Prefix::contains(const Address& other) const {
  return other.v6 == address.v6 && other.first_of(length) == address.first_of(length);
}

}  // namespace testbed::cni
