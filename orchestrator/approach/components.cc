#include "orchestrator/approach/components.h"

#include <array>

#include "orchestrator/approach/cgroupfs.h"
#include "orchestrator/approach/cni.h"
#include "orchestrator/approach/kernel_files.h"
#include "orchestrator/approach/program_changes.h"
#include "orchestrator/approach/shown_files.h"
#include "orchestrator/approach/supervisor.h"

namespace testbed {
namespace {

constexpr const char* kSandboxCgroups = "/sys/fs/cgroup";

BundlePatch native_cgroup_patch(const ComponentSpec&) {
  BundlePatch patch;
  patch.needs_cgroup_mount = true;
  patch.variables = {{"cgroup", kSandboxCgroups}};
  return patch;
}

struct Row {
  std::string_view name;
  BundlePatch (*patch)(const ComponentSpec&);
};

// One row a component; what its settings may be stands in model/kinds.h.
constexpr std::array kComponents = {
    Row{"cgroupfs", cgroupfs_patch},
    Row{"cni", cni_patch},
    Row{"native-cgroup", native_cgroup_patch},
    Row{"supervisor", supervisor_patch},
    Row{"preload", preload_patch},
    Row{"mounted-cgroup", mounted_cgroup_patch},
    Row{"tunables", tunables_patch},
    Row{"kmsg", kmsg_patch},
    Row{"arguments", arguments_patch},
    Row{"environment", environment_patch},
    Row{"instead", instead_patch},
    Row{"hidden-controllers", hidden_controllers_patch},
    Row{"controller-files", controller_files_patch},
    Row{"kubelet-root", kubelet_root_patch},
    Row{"runc", runc_patch},
    Row{"static-cgroup", static_cgroup_patch},
    Row{"shown-proc", shown_proc_patch},
};

}  // namespace

Result<BundlePatch> patch_of(const Approach& approach) {
  BundlePatch all;
  for (const ComponentSpec& component : approach.components) {
    bool known = false;
    for (const Row& row : kComponents) {
      if (row.name != component.name) continue;
      all.add(row.patch(component));
      known = true;
    }
    if (!known) return Error{"no component is named " + component.name};
  }
  all.variables.emplace("cgroup", kSandboxCgroups);  // where every program looks first
  all.variables.emplace("cni_bin", "/opt/cni/bin");
  all.variables.emplace("extra", "");  // ${extra}/proc/self/cgroup is then the sandbox's own
  return all;
}

}  // namespace testbed
