#include "orchestrator/approach/settings.h"

namespace testbed {

std::string setting(const ComponentSpec& component, const std::string& name,
                    const std::string& fallback) {
  const auto found = component.settings.find(name);
  return found == component.settings.end() || found->second.empty() ? fallback : found->second;
}

}  // namespace testbed
