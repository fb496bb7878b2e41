#include <gtest/gtest.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"
#include "orchestrator/run/cell_network.h"

namespace testbed {
namespace {

std::string in(const fs::path& name_space, std::vector<std::string> argv) {
  argv.insert(argv.begin(), {"nsenter", "--net=" + name_space.string()});
  const auto output = must_succeed({.argv = argv}, Deadline::after(milliseconds(10'000)));
  return output ? *output : output.error().message;
}

TEST(CellNetwork, BothEndsSeeEachOtherAndNothingElse) {
  REQUIRE_HOST(host::lacks_root());
  REQUIRE_HOST(host::lacks_program("ip", "iproute2"));
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "network").value();
  auto network = CellNetwork::make(dir.path() / "net");
  ASSERT_TRUE(is_ok(network));
  const std::string routes = in(network->sandbox(), {"ip", "route"});
  EXPECT_NE(routes.find("default via 192.0.2.1 dev eth0"), std::string::npos) << routes;
  EXPECT_NE(in(network->outside(), {"ip", "route", "get", "10.1.2.3"}).find("via 192.0.2.2"),
            std::string::npos);
  const std::string links = in(network->sandbox(), {"ip", "-o", "link"});
  EXPECT_EQ(std::count(links.begin(), links.end(), '\n'), 2) << links;
  EXPECT_TRUE(is_ok(network->undo()));
  EXPECT_TRUE(mounts_below(dir.path()).empty());
}

TEST(CellNetwork, WhatAKilledOwnerLeftGoesWithTheMountsOfItsFolder) {
  REQUIRE_HOST(host::lacks_root());
  REQUIRE_HOST(host::lacks_program("ip", "iproute2"));
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "network").value();
  {
    auto network = CellNetwork::make(dir.path() / "net");
    ASSERT_TRUE(is_ok(network));
    EXPECT_EQ(mounts_below(dir.path()).size(), 2u);
    ASSERT_TRUE(is_ok(detach_mounts_below(dir.path())));  // as the next start does
    EXPECT_TRUE(mounts_below(dir.path()).empty());
  }  // its own undoing has nothing left to do and says nothing
}

}  // namespace
}  // namespace testbed
