#include "emulator/cgroupfs/events.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "orchestrator/base/unique_fd.h"

namespace testbed {

void tell_events(Served& served, const std::string& mountpoint) {
  using std::chrono::milliseconds, std::chrono::steady_clock;
  constexpr milliseconds kLeast(200);
  constexpr int kCostFactor = 20;
  while (true) {
    const auto start = steady_clock::now();
    for (const std::string& path : served.changed_events()) {
      const UniqueFd file(::open((mountpoint + path).c_str(), O_WRONLY | O_CLOEXEC));
      const std::string& token = served.token();
      // Of a group that is gone by now nobody wants to know.
      if (file.valid() && ::write(file.get(), token.data(), token.size()) < 0) continue;
    }
    const auto cost = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    std::this_thread::sleep_for(std::max(kLeast, cost * kCostFactor));
  }
}

}  // namespace testbed
