#include <gtest/gtest.h>

#include "orchestrator/bundle/oci_config.h"

namespace testbed {
namespace {

BundleSpec plain() {
  BundleSpec spec;
  spec.rootfs = "/r";
  spec.programs = "/programs";
  spec.journals = "/journals";
  return spec;
}

bool has_mount(const json::object& config, const char* destination, const char* type) {
  for (const json::value& mount : config.at("mounts").as_array()) {
    if (mount.at("destination") == destination && mount.at("type") == type) return true;
  }
  return false;
}

TEST(OciConfig, TheAgentIsTheFirstProcess) {
  const json::object config = oci_config(plain());
  EXPECT_EQ(config.at("process").at("args").at(0), "/testbed/bin/agent");
  EXPECT_TRUE(has_mount(config, "/testbed/bin", "bind"));
}

TEST(OciConfig, CgroupsAreMountedOnlyWhenAComponentNeedsThem) {
  EXPECT_FALSE(has_mount(oci_config(plain()), "/sys/fs/cgroup", "cgroup"));
  BundleSpec spec = plain();
  spec.patch.needs_cgroup_mount = true;
  EXPECT_TRUE(has_mount(oci_config(spec), "/sys/fs/cgroup", "cgroup"));
}

TEST(OciConfig, TheFuseDeviceIsGivenToThoseWhoNeedIt) {
  EXPECT_FALSE(oci_config(plain()).at("linux").as_object().contains("devices"));
  BundleSpec spec = plain();
  spec.patch.needs_fuse = true;
  EXPECT_EQ(oci_config(spec).at("linux").at("devices").at(0).at("minor"), 229);
}

TEST(OciConfig, ToolsAreBoundReadOnlyAndComeIntoThePath) {
  BundleSpec spec = plain();
  spec.tools = {{"kubernetes", "/cache/k"}};
  const json::object config = oci_config(spec);
  EXPECT_TRUE(has_mount(config, "/testbed/tools/kubernetes", "bind"));
  const std::string path = config.at("process").at("env").at(0).as_string().c_str();
  EXPECT_TRUE(path.starts_with("PATH=/testbed/bin:/testbed/tools/kubernetes:/usr/local/sbin"));
}

TEST(OciConfig, TheSandboxJoinsTheNetworkNamespaceThatWasMadeForIt) {
  EXPECT_FALSE(oci_config(plain()).at("linux").at("namespaces").at(1).as_object().contains("path"));
  BundleSpec spec = plain();
  spec.network_namespace = "/run/net";
  EXPECT_EQ(oci_config(spec).at("linux").at("namespaces").at(1).at("path"), "/run/net");
}

}  // namespace
}  // namespace testbed
