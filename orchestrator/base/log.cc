#include "orchestrator/base/log.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace testbed {
namespace {

void write_line(std::string_view prefix, std::string_view message) {
  const std::string line = std::string(prefix) + std::string(message) + "\n";
  // There is nowhere to report that standard error is gone.
  [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, line.data(), line.size());
}

std::atomic<bool>& details_shown() {
  static std::atomic<bool> shown = std::getenv("TESTBED_VERBOSE") != nullptr;
  return shown;
}

}  // namespace

void log_info(std::string_view message) { write_line("", message); }
void log_warning(std::string_view message) { write_line("testbed: warning: ", message); }
void log_detail(std::string_view message) {
  if (details_shown()) write_line("testbed: ", message);
}
void set_log_details(bool shown) { details_shown() = shown; }

}  // namespace testbed
