#include "orchestrator/record/utc_time.h"

#include <ctime>

namespace testbed {
namespace {

std::string formatted(UtcTime time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string utc_stamp(UtcTime time) { return formatted(time, "%Y-%m-%dT%H:%M:%SZ"); }
std::string utc_name(UtcTime time) { return formatted(time, "%Y%m%d-%H%M%S"); }

}  // namespace testbed
