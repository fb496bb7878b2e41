#pragma once

#include <string>
#include <vector>

#include "emulator/cni/failure.h"
#include "orchestrator/base/files.h"
#include "orchestrator/base/json.h"

namespace testbed::cni {

struct InstallOptions {
  fs::path bin_dir = "/opt/cni/bin";
  fs::path conf_dir = "/etc/cni/net.d";  // empty: no configuration is written
  std::string mode = "routed";
  std::string type = "cni";  // another: the configuration of another plugin, without our keys
  std::vector<std::string> chain{};  // types of plugins that come after it
  std::string network = "pods";
  std::string version = "1.0.0";  // cniVersion of the configuration
  std::vector<std::string> subnets{};
  json::object keys{};  // further keys of the plugin's configuration
};

// The network configuration list as a runtime reads it from its directory.
json::object configuration_list(const InstallOptions& options);

// Links this program into the directory under every name by which runtimes look for it, then
// writes the configuration, which appears complete: a runtime that watches the directory finds the
// plugin there. Returns the configuration's path.
Answer<fs::path> install(const InstallOptions& options);

}  // namespace testbed::cni
