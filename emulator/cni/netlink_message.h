#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "emulator/cni/address.h"

namespace testbed::cni {

// One rtnetlink request being put together: header, family header, attributes (netlink(7)).
class NetlinkMessage {
 public:
  template <class Header>
  NetlinkMessage(std::uint16_t type, std::uint16_t flags, const Header& header) {
    nlmsghdr start{};
    start.nlmsg_type = type;
    start.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    put_bytes(&start, sizeof start);
    put_bytes(&header, sizeof header);
  }

  void attribute(std::uint16_t type, std::string_view value);
  void text(std::uint16_t type, const std::string& value) {
    attribute(type, {value.c_str(), value.size() + 1});
  }
  void number(std::uint16_t type, std::uint32_t value) {
    attribute(type, {reinterpret_cast<const char*>(&value), sizeof value});
  }
  void address(std::uint16_t type, const Address& value) {
    attribute(type, {reinterpret_cast<const char*>(value.bytes.data()), value.v6 ? 16U : 4U});
  }
  // What `fill` adds becomes the attribute's value.
  void nested(std::uint16_t type, const std::function<void()>& fill);
  void put_bytes(const void* bytes, std::size_t size);

  // The finished bytes.
  std::string take(std::uint32_t sequence);

 private:
  std::string bytes_;
};

// The attributes after a message's family header, each given to `visit`.
void each_attribute(std::string_view bytes,
                    const std::function<void(std::uint16_t type, std::string_view value)>& visit);

// Sends the request and gives each answer to `visit` (message type and payload); 0 or the errno of
// the kernel's answer. Waits at most ten seconds: ETIMEDOUT.
int exchange(int fd, NetlinkMessage message,
             const std::function<void(std::uint16_t type, std::string_view payload)>& visit);

}  // namespace testbed::cni
