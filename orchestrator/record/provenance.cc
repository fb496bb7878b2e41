#include "orchestrator/record/provenance.h"

#include "orchestrator/base/host.h"

namespace testbed {

Provenance provenance_of_host() {
  const host::Facts facts = host::facts();
  return {.testbed_version = TESTBED_VERSION,
          .build = "g++ " __VERSION__ ", " TESTBED_BUILD_TYPE,
          .digests = {},
          .kernel = facts.kernel,
          .machine = facts.machine,
          .cpu = facts.cpu,
          .cgroup_mode = facts.cgroup_mode,
          .cpus = facts.cpus,
          .memory_bytes = facts.memory_bytes};
}

}  // namespace testbed
