#pragma once

#include <string>

#include "orchestrator/model/approach.h"

namespace testbed {

// A component's setting as the file has it, or `fallback` where it is left out or empty.
std::string setting(const ComponentSpec& component, const std::string& name,
                    const std::string& fallback = "");

}  // namespace testbed
