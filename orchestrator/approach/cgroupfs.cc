#include "orchestrator/approach/cgroupfs.h"

#include "orchestrator/approach/settings.h"

namespace testbed {

BundlePatch cgroupfs_patch(const ComponentSpec& component) {
  const std::string mount = setting(component, "mount", "/tmp/fuse-cgroup");
  InsideProgram server{.name = "cgroupfs",
                       .argv = {"${testbed}/cgroupfs", "--make-dir", "--ready-fd", "1"},
                       .journal = ""};
  if (setting(component, "journal") != "false") {
    server.journal = "cgroupfs.ndjson";
    server.argv.insert(server.argv.end(), {"--journal", "${out}/" + server.journal});
  }
  for (const auto& [name, option] : {std::pair{"handlers", "--only"},
                                     {"without", "--without"},
                                     {"layout", "--layout"},
                                     {"controllers", "--controllers"},
                                     {"comount", "--comount"},
                                     {"extra", "--extra"},
                                     {"shown_at", "--shown-at"}}) {
    const std::string value = setting(component, name);
    if (!value.empty()) server.argv.insert(server.argv.end(), {option, value});
  }
  // One mount unless asked for: then each request of the journal belongs to the one tree.
  server.argv.insert(server.argv.end(), {"--mounts", setting(component, "mounts", "single")});
  if (setting(component, "default_permissions") == "true")
    server.argv.push_back("--default-permissions");
  if (setting(component, "allow_other") == "true") server.argv.push_back("--allow-other");
  server.argv.push_back(mount);
  BundlePatch patch;
  patch.programs = {std::move(server)};
  // /sys is read-only and gVisor's has no folder there; a runtime makes the mount point.
  if (mount.starts_with("/sys/")) {
    patch.mounts = {
        {.destination = mount, .type = "tmpfs", .source = "tmpfs", .options = {"mode=755"}}};
  }
  patch.variables = {{"cgroup", mount}};
  if (const std::string extra = setting(component, "extra"); !extra.empty()) {
    patch.variables.emplace("extra", extra);
  }
  patch.needs_fuse = true;
  return patch;
}

}  // namespace testbed
