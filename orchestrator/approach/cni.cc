#include "orchestrator/approach/cni.h"

#include "orchestrator/approach/settings.h"
#include "orchestrator/base/joined.h"

namespace testbed {

BundlePatch cni_patch(const ComponentSpec& component) {
  const std::string type = setting(component, "type", "cni");
  const bool own = type == "cni";
  const std::string bin = setting(component, "bin_dir", own ? "/opt/cni/bin" : "/usr/lib/cni");
  const std::string conf = setting(component, "conf_dir", "/etc/cni/net.d");
  InsideProgram install{.name = "cni", .argv = {}, .journal = own ? "cni.ndjson" : ""};
  std::vector<std::string>& argv = install.argv;
  argv = {"${testbed}/cni", "install", "--wait", "--ready-fd", "1",
          "--conf-dir",     conf,      "--type", type};
  // The folder of the standard plugins is theirs.
  argv.insert(argv.end(), {"--bin-dir", own ? bin : "/run/testbed-cni"});
  if (own) argv.insert(argv.end(), {"--mode", setting(component, "mode", "routed")});
  if (own) argv.insert(argv.end(), {"--set", "journal=\"${out}/cni.ndjson\""});
  argv.insert(argv.end(), {"--network", setting(component, "network", "pods")});
  argv.insert(argv.end(), {"--cni-version", setting(component, "cni_version", "1.0.0")});
  for (const std::string& subnet : split(setting(component, "subnets", "10.42.0.0/24"), ',')) {
    argv.insert(argv.end(), {"--subnet", subnet});
  }
  for (const std::string& next : split(setting(component, "chain", ""), ',')) {
    argv.insert(argv.end(), {"--chain", next});
  }
  for (const auto& [name, key] : {std::pair{"masquerade", "ipMasq"},
                                  {"default_gateway", "isDefaultGateway"},
                                  {"hairpin", "hairpinMode"}}) {
    const std::string value = setting(component, name, "");
    if (!value.empty()) argv.insert(argv.end(), {"--set", std::string(key) + "=" + value});
  }
  BundlePatch patch;
  patch.programs = {std::move(install)};
  patch.environment = {{"CNI_PATH", bin}, {"CNI_CONF_DIR", conf}};
  patch.variables = {{"cni_bin", bin}, {"cni_conf", conf}};
  return patch;
}

}  // namespace testbed
