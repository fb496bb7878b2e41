#include "emulator/cni/netlink_message.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <vector>

namespace testbed::cni {
namespace {

constexpr std::size_t align(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// What one datagram says: whether more will come, and the error it carries.
struct Step {
  bool done = false;
  int error = 0;
};

Step read_datagram(std::string_view bytes, std::uint32_t sequence, bool dump,
                   const std::function<void(std::uint16_t, std::string_view)>& visit) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) break;
    const std::string_view payload = bytes.substr(sizeof header, header.nlmsg_len - sizeof header);
    bytes.remove_prefix(std::min(bytes.size(), align(header.nlmsg_len)));
    if (header.nlmsg_seq != sequence) continue;  // a late answer to an earlier request
    if (header.nlmsg_type == NLMSG_DONE) return {.done = true};
    if (header.nlmsg_type == NLMSG_ERROR) {
      int error = -EIO;
      if (payload.size() >= sizeof error) std::memcpy(&error, payload.data(), sizeof error);
      return {.done = true, .error = -error};
    }
    visit(header.nlmsg_type, payload);
    // A request for one object without NLM_F_ACK is answered by that object alone.
    if (!dump && (header.nlmsg_flags & NLM_F_MULTI) == 0) return {.done = true};
  }
  return {};
}

}  // namespace

void NetlinkMessage::put_bytes(const void* bytes, std::size_t size) {
  bytes_.append(static_cast<const char*>(bytes), size);
  bytes_.resize(align(bytes_.size()));
}

void NetlinkMessage::attribute(std::uint16_t type, std::string_view value) {
  const rtattr header{.rta_len = static_cast<std::uint16_t>(sizeof(rtattr) + value.size()),
                      .rta_type = type};
  bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
  put_bytes(value.data(), value.size());
}

void NetlinkMessage::nested(std::uint16_t type, const std::function<void()>& fill) {
  const std::size_t start = bytes_.size();
  attribute(type, "");
  fill();
  const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
  std::memcpy(bytes_.data() + start, &length, sizeof length);
}

std::string NetlinkMessage::take(std::uint32_t sequence) {
  nlmsghdr header;
  std::memcpy(&header, bytes_.data(), sizeof header);
  header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
  header.nlmsg_seq = sequence;
  std::memcpy(bytes_.data(), &header, sizeof header);
  return std::move(bytes_);
}

void each_attribute(std::string_view bytes,
                    const std::function<void(std::uint16_t, std::string_view)>& visit) {
  while (bytes.size() >= sizeof(rtattr)) {
    rtattr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.rta_len < sizeof header || header.rta_len > bytes.size()) return;
    visit(header.rta_type & NLA_TYPE_MASK,
          bytes.substr(sizeof header, header.rta_len - sizeof header));
    bytes.remove_prefix(std::min(bytes.size(), align(header.rta_len)));
  }
}

int exchange(int fd, NetlinkMessage message,
             const std::function<void(std::uint16_t, std::string_view)>& visit) {
  static std::uint32_t sequence = 0;
  const std::string bytes = message.take(++sequence);
  nlmsghdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const bool dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  if (::send(fd, bytes.data(), bytes.size(), 0) < 0) return errno;
  std::vector<char> buffer(65536);
  while (true) {
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN ? ETIMEDOUT : errno;
    const Step step =
        read_datagram({buffer.data(), static_cast<std::size_t>(count)}, sequence, dump, visit);
    if (step.done) return step.error;
  }
}

}  // namespace testbed::cni
