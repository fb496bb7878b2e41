#include "emulator/cni/address_pool.h"

#include <gtest/gtest.h>

#include <thread>

#include "orchestrator/base/temp_dir.h"

namespace testbed::cni {
namespace {

PoolRange range(const std::string& subnet) {
  const Prefix prefix = *Prefix::parse(subnet);
  const Address last = prefix.address.last_of(prefix.length);
  return {.subnet = prefix,
          .first = prefix.address.next(),
          .last = prefix.address.v6 ? last : last.previous(),
          .gateway = prefix.address.next()};
}

class AddressPoolTest : public testing::Test {
 protected:
  AddressPool open() {
    auto pool = AddressPool::open(ipam_, "net");
    EXPECT_TRUE(pool) << (pool ? "" : pool.error().msg);
    return std::move(pool).value();
  }
  std::string give(const std::string& id, std::vector<Address> wanted = {}) {
    auto given = open().give({id, "eth0"}, sets_, wanted);
    if (!given) return given.error().msg;
    std::string text;
    for (const Given& one : *given) text += (text.empty() ? "" : " ") + one.address.text();
    return text;
  }
  void take_back(const std::string& id) {
    AddressPool pool = open();
    for (const Address& address : pool.addresses_of({id, "eth0"})) {
      EXPECT_TRUE(pool.take_back(address));
    }
  }

  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "cni-pool")).value();
  Ipam ipam_{.data_dir = dir_.path()};
  std::vector<RangeSet> sets_{{range("10.1.0.0/29")}};
};

TEST_F(AddressPoolTest, GivesOneAfterTheOtherAndSparesTheGateway) {
  EXPECT_EQ(give("a"), "10.1.0.2");
  EXPECT_EQ(give("b"), "10.1.0.3");
}

TEST_F(AddressPoolTest, AnAddressComesBackOnlyAfterTheOthers) {
  give("a");
  take_back("a");
  EXPECT_EQ(give("b"), "10.1.0.3");
  for (const char* id : {"c", "d", "e"}) give(id);
  EXPECT_EQ(give("f"), "10.1.0.2");
}

TEST_F(AddressPoolTest, TheSameAttachmentKeepsItsAddress) {
  EXPECT_EQ(give("a"), "10.1.0.2");
  EXPECT_EQ(give("a"), "10.1.0.2");
  EXPECT_EQ(open().held().size(), 1u);
}

TEST_F(AddressPoolTest, SaysWhenNoneIsLeft) {
  for (const char* id : {"a", "b", "c", "d", "e"}) give(id);
  auto given = open().give({"f", "eth0"}, sets_, {});
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, Code::TryAgainLater);
  EXPECT_EQ(open().free_of(sets_[0], 1), 0u);
}

TEST_F(AddressPoolTest, GivesOneOfEachFamilyOrNone) {
  sets_ = {{range("10.1.0.0/29")}, {range("fd00::/64")}};
  EXPECT_EQ(give("a"), "10.1.0.2 fd00::2");
  sets_ = {{range("10.2.0.0/29")}, {range("10.1.0.0/30")}};
  give("b");
  EXPECT_NE(give("c").find("no IP addresses available"), std::string::npos);
  EXPECT_TRUE(open().addresses_of({"c", "eth0"}).empty());
}

TEST_F(AddressPoolTest, GivesTheAddressThatIsAskedForIfItIsFree) {
  EXPECT_EQ(give("a", {*Address::parse("10.1.0.5")}), "10.1.0.5");
  EXPECT_NE(give("b", {*Address::parse("10.1.0.5")}).find("not available"), std::string::npos);
  EXPECT_NE(give("b", {*Address::parse("10.1.0.1")}).find("gateway"), std::string::npos);
  EXPECT_NE(give("b", {*Address::parse("10.9.0.1")}).find("no range"), std::string::npos);
}

TEST_F(AddressPoolTest, GoesOnWithTheStateOfHostLocal) {
  ASSERT_TRUE(make_directories(dir_.path() / "net"));
  ASSERT_TRUE(write_file(dir_.path() / "net" / "10.1.0.3", "theirs\r\neth0"));
  ASSERT_TRUE(write_file(dir_.path() / "net" / "last_reserved_ip.0", "10.1.0.2"));
  EXPECT_EQ(give("a"), "10.1.0.4");
  EXPECT_EQ(open().addresses_of({"theirs", "eth0"}).size(), 1u);
  EXPECT_EQ(read_part(dir_.path() / "net" / "10.1.0.4", 0, 99), "a\r\neth0");
}

TEST_F(AddressPoolTest, IsNoWorseForWhatAKilledWriterLeft) {
  give("a");
  ASSERT_TRUE(write_file(dir_.path() / "net" / ".new", "half"));
  EXPECT_EQ(give("b"), "10.1.0.3");
  EXPECT_EQ(open().held().size(), 2u);
}

TEST_F(AddressPoolTest, WalksOnThroughTheRangesOfASet) {
  sets_ = {{range("10.1.0.0/30"), range("10.2.0.0/30")}};
  EXPECT_EQ(give("a"), "10.1.0.2");
  EXPECT_EQ(give("b"), "10.2.0.2");
}

TEST(AddressPool, AStateDirectoryThatCannotBeMadeIsAnIoFailure) {
  const auto pool = AddressPool::open({.data_dir = "/proc/none"}, "net");
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, Code::IoFailure);
}

}  // namespace
}  // namespace testbed::cni
