#include "emulator/cni/result.h"

#include <gtest/gtest.h>

namespace testbed::cni {
namespace {

Success sample() {
  return {.interfaces = {{.name = "veth0", .mac = "02:00:00:00:00:01", .mtu = 1500},
                         {.name = "eth0",
                          .mac = "02:00:00:00:00:02",
                          .mtu = 1500,
                          .sandbox = "/run/netns/a"}},
          .ips = {{*Prefix::parse("10.1.0.2/16"), Address::parse("10.1.0.1"), 1},
                  {*Prefix::parse("fd00::2/64"), Address::parse("fd00::1"), 1}},
          .routes = {{*Prefix::parse("0.0.0.0/0"), std::nullopt},
                     {*Prefix::parse("::/0"), Address::parse("fd00::1")}},
          .dns = {{"nameservers", json::array{"10.1.0.1"}}}};
}

std::string line(const std::string& version) { return to_line(to_json(sample(), version)); }

TEST(ToJson, OldVersionsHaveOneAddressAFamilyWithItsRoutes) {
  EXPECT_EQ(line("0.2.0"),
            R"({"cniVersion":"0.2.0","ip4":{"ip":"10.1.0.2/16","gateway":"10.1.0.1",)"
            R"("routes":[{"dst":"0.0.0.0/0"}]},"ip6":{"ip":"fd00::2/64","gateway":"fd00::1",)"
            R"("routes":[{"dst":"::/0","gw":"fd00::1"}]},"dns":{"nameservers":["10.1.0.1"]}})");
}

TEST(ToJson, Version04SaysTheFamilyOfAnAddress) {
  const std::string text = line("0.4.0");
  EXPECT_NE(text.find(R"("ips":[{"version":"4","interface":1,"address":"10.1.0.2/16")"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("mtu"), std::string::npos);
}

TEST(ToJson, Version1HasNoFamilyAndVersion11HasTheMtu) {
  EXPECT_EQ(line("1.0.0").find("\"version\""), std::string::npos);
  EXPECT_EQ(line("1.0.0").find("mtu"), std::string::npos);
  EXPECT_NE(line("1.1.0").find("\"mtu\":1500"), std::string::npos);
}

TEST(ReadSuccess, GivesBackWhatWasWrittenInEveryVersion) {
  for (const std::string& version : supported_versions()) {
    const json::object once = to_json(sample(), version);
    const auto read = read_success(once, version);
    ASSERT_TRUE(read) << version << ": " << read.error().msg;
    EXPECT_EQ(to_line(to_json(*read, version)), to_line(once)) << version;
  }
}

TEST(ReadSuccess, ConvertsBetweenVersions) {
  const auto read = read_success(to_json(sample(), "0.4.0"), "1.0.0");
  ASSERT_TRUE(read);
  EXPECT_EQ(to_line(to_json(*read, "1.0.0")), line("1.0.0"));
}

TEST(ReadSuccess, RefusesWhatItCannotUnderstand) {
  for (const char* text :
       {R"([])", R"({"cniVersion": "7.0.0"})", R"({"ips": 5})", R"({"ips": [{"address": "x"}]})",
        R"({"routes": [5]})", R"({"cniVersion": "0.2.0", "ip4": "x"})"}) {
    const auto read = read_success(*parse_json(text), "1.0.0");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::Undecodable) << text;
  }
}

TEST(ToJson, AFailureHasTheKeysOfTheSpecification) {
  EXPECT_EQ(
      to_line(to_json(Failure{.code = Code::InvalidConfig, .msg = "m", .details = "d"}, "1.1.0")),
      R"({"cniVersion":"1.1.0","code":7,"msg":"m","details":"d"})");
}

}  // namespace
}  // namespace testbed::cni
