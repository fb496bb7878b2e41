#pragma once

#include "orchestrator/base/json.h"
#include "orchestrator/model/bundle_patch.h"

namespace testbed {

// capabilities(7); all of them, in the order of their numbers. A runtime on the host's kernel can
// give only what it holds itself.
std::vector<std::string> all_capabilities();

// What an OCI bundle is made of, beyond what all cells have in common.
struct BundleSpec {
  std::string rootfs;    // directory on the host
  std::string programs;  // host directory bound to kInsidePrograms
  std::string journals;  // host directory bound to kInsideJournals
  std::vector<std::pair<std::string, std::string>> tools;  // name, host directory
  std::string network_namespace;   // its file on the host; empty: a new one without interfaces
  std::string cgroups_path;        // of the control: the group runc makes for it
  std::uint64_t memory_limit = 0;  // of that group, in bytes; 0: none
  std::string hostname = "testbed";
  std::vector<std::string> capabilities = all_capabilities();  // of the first process
  BundlePatch patch;
};

// The config.json of OCI runtime specification 1.0. Pure. The first process is the agent; it has
// every capability, because workloads such as a FUSE server or a kubelet are run as a machine's
// root would run them.
json::object oci_config(const BundleSpec& spec);

}  // namespace testbed
