#include "orchestrator/base/errno_name.h"

#include <cstring>

namespace testbed {

std::string errno_name(int error) {
  if (const char* name = ::strerrorname_np(error)) return name;
  return "errno " + std::to_string(error);
}

std::string errno_text(int error) { return errno_name(error) + " (" + std::strerror(error) + ")"; }

}  // namespace testbed
