// The whole server without a kernel: what is read from the device is the input.
//
// An input is a byte of choices (1: layout v2; 2: the length in each header is left as it is, else
// it is made true; 4: no INIT comes first), then requests, each behind its length (two bytes, the
// lower one first).

#include <linux/fuse.h>
#include <sys/socket.h>

#include <cstring>

#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/server.h"
#include "orchestrator/base/check.h"

namespace testbed {
namespace {

constexpr int kMaxErrno = 133;  // EHWPOISON, the last of Linux

// A device that keeps messages apart, as /dev/fuse does.
class Device {
 public:
  Device() {
    int ends[2];
    const int type = SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC;
    CHECK(::socketpair(AF_UNIX, type, 0, ends) == 0, "no socket");
    servers_ = UniqueFd(ends[0]);
    kernels_ = UniqueFd(ends[1]);
  }
  UniqueFd take_servers_end() { return std::move(servers_); }

  // How many answers came to that request. Each must be one that a kernel takes.
  int answers_to(const fuse_in_header& request) {
    int answers = 0;
    static char message[1 << 17];
    for (ssize_t length = 0; (length = ::recv(kernels_.get(), message, sizeof message, 0)) > 0;) {
      fuse_out_header header;
      CHECK(static_cast<std::size_t>(length) >= sizeof header, "an answer without a header");
      std::memcpy(&header, message, sizeof header);
      CHECK(header.len == length, "an answer whose length is another one");
      CHECK(header.unique == request.unique, "an answer to another request");
      CHECK(header.error <= 0 && header.error >= -kMaxErrno, "an errno that Linux does not have");
      CHECK(header.error == 0 || length == sizeof header, "an error with a body");
      ++answers;
    }
    return answers;
  }

 private:
  UniqueFd servers_, kernels_;
};

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool ended() const { return bytes_.size() < 2; }
  std::string_view take_sized() {
    const auto low = static_cast<unsigned char>(bytes_[0]);
    const auto high = static_cast<unsigned char>(bytes_[1]);
    const std::size_t size = std::min<std::size_t>(low + 256u * high, bytes_.size() - 2);
    const std::string_view part = bytes_.substr(2, size);
    bytes_.remove_prefix(2 + size);
    return part;
  }

 private:
  std::string_view bytes_;
};

std::string first_request() {
  fuse_init_in init{};
  init.major = FUSE_KERNEL_VERSION;
  init.minor = 31;
  init.max_readahead = 131072;
  init.flags = FUSE_MAX_PAGES;  // as gVisor sends it
  fuse_in_header header{};
  header.len = sizeof header + 16;
  header.opcode = FUSE_INIT;
  header.unique = 1;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
         std::string(reinterpret_cast<const char*>(&init), 16);
}

void serve(Server& server, Device& device, std::string request, bool true_length) {
  fuse_in_header header{};
  if (request.size() >= sizeof header) {
    std::memcpy(&header, request.data(), sizeof header);
    if (true_length) header.len = static_cast<std::uint32_t>(request.size());
    std::memcpy(request.data(), &header, sizeof header);
  }
  const auto parsed = parse_request(request);
  if (parsed) journal_line(*parsed, {.sent = true}, 1);
  server.serve(request);
  const int answers = device.answers_to(header);
  CHECK(answers <= 1, "more than one answer");
  // NOTIFY_REPLY is an answer itself.
  const bool wants_one =
      parsed && expects_answer(header.opcode) && header.opcode != FUSE_NOTIFY_REPLY;
  CHECK(!wants_one || answers == 1, "a request without an answer");
}

void run(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto choices = static_cast<unsigned char>(bytes.front());
  Options options;
  if (choices & 1) options.plan = plan_of(layout_v2());
  options.handlers = {handler_names().begin(), handler_names().end()};
  FakeProcesses processes;
  Device device;
  Server server(options, processes, Journal(), [] {});
  CHECK(server.open_session(device.take_servers_end(), server.served(), kTop, ""), "no session");
  if (!(choices & 4)) serve(server, device, first_request(), true);
  for (Input input(bytes.substr(1)); !input.ended();) {
    serve(server, device, std::string(input.take_sized()), !(choices & 2));
  }
}

}  // namespace
}  // namespace testbed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  testbed::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
