#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// What happens to the requests that it fits, in the order of the members.
struct InjectedFault {
  std::uint64_t id = 0;                     // from 1
  std::string path = "*";                   // fnmatch(3) pattern; '*' takes '/' too
  std::optional<std::uint32_t> opcode{};    // none: every operation
  std::chrono::milliseconds delay{};        // wait first
  bool death = false;                       // end with 70 in place of an answer
  int error = 0;                            // answer with this errno
  std::optional<std::size_t> short_read{};  // answer READ with no more bytes than these
  std::uint64_t times = 0;                  // so often, then never again; 0: always
};

// The faults that are in force. Any thread may ask and change them.
class InjectedFaults {
 public:
  std::uint64_t add(InjectedFault fault);
  // 0 removes all. False: there is none with that number.
  bool remove(std::uint64_t id);
  std::vector<InjectedFault> list() const;

  // A glance, so that a server without faults need not find out what a request is about.
  bool none() const { return count_ == 0; }
  // The first that fits, counted as used.
  std::optional<InjectedFault> take(std::uint32_t opcode, std::string_view path);

 private:
  mutable std::mutex mutex_;
  std::vector<InjectedFault> faults_;
  std::uint64_t last_id_ = 0;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace testbed
