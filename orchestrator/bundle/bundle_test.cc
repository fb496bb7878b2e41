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

}  // namespace
}  // namespace testbed
