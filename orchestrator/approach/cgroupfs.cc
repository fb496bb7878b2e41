#include "orchestrator/approach/cgroupfs.h"

namespace testbed {
namespace {

std::string setting(const ComponentSpec& component, const std::string& name) {
  const auto found = component.settings.find(name);
  return found == component.settings.end() ? "" : found->second;
}

}  // namespace

BundlePatch cgroupfs_patch(const ComponentSpec& component) {
  const std::string wanted = setting(component, "mount");
  const std::string mount = wanted.empty() ? "/tmp/fuse-cgroup" : wanted;
  InsideProgram server{.name = "cgroupfs",
                       .argv = {"${testbed}/cgroupfs", "--make-dir", "--ready-fd", "1", "--journal",
                                "${out}/cgroupfs.ndjson"},
                       .journal = "cgroupfs.ndjson"};
  for (const auto& [name, option] : {std::pair{"handlers", "--only"}, {"without", "--without"}}) {
    const std::string list = setting(component, name);
    if (!list.empty()) server.argv.insert(server.argv.end(), {option, list});
  }
  if (setting(component, "default_permissions") == "true")
    server.argv.push_back("--default-permissions");
  if (setting(component, "allow_other") == "true") server.argv.push_back("--allow-other");
  server.argv.push_back(mount);
  BundlePatch patch;
  patch.programs = {std::move(server)};
  patch.variables = {{"cgroup", mount}};
  patch.needs_fuse = true;
  return patch;
}

}  // namespace testbed
