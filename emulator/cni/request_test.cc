#include "emulator/cni/request.h"

#include <gtest/gtest.h>

#include "emulator/cni/names.h"

namespace testbed::cni {
namespace {

const Environment kAdd = {{"CNI_COMMAND", "ADD"},
                          {"CNI_CONTAINERID", "pod1"},
                          {"CNI_NETNS", "/run/netns/pod1"},
                          {"CNI_IFNAME", "eth0"},
                          {"CNI_PATH", "/opt/cni/bin"}};

Environment with(Environment environment, const std::string& name, const std::string& value) {
  environment[name] = value;
  return environment;
}

std::string config(const std::string& more = "", const std::string& version = "1.0.0") {
  return R"({"cniVersion": ")" + version +
         R"(", "name": "net", "type": "cni", "ipam": {"subnet": "10.1.0.0/16"})" +
         (more.empty() ? "" : ", " + more) + "}";
}

Failure failure_of(const Environment& environment, const std::string& input) {
  auto request = read_request(environment, input, "cni");
  EXPECT_FALSE(request) << input;
  return request ? Failure{} : request.error();
}

Request request_of(const Environment& environment, const std::string& input,
                   const std::string& program = "cni") {
  auto request = read_request(environment, input, program);
  EXPECT_TRUE(request) << (request ? "" : request.error().msg + ": " + request.error().details);
  return request ? std::move(request).value() : Request{};
}

bool names(const Failure& failure, const std::string& part) {
  return (failure.msg + failure.details).find(part) != std::string::npos;
}

TEST(ReadRequest, TakesWhatARuntimeSends) {
  const Request request = request_of(with(kAdd, "CNI_ARGS", "K8S_POD_NAME=a;IgnoreUnknown=1"),
                                     config(R"("mtu": 1400)"));
  EXPECT_EQ(request.verb, Verb::Add);
  EXPECT_EQ(request.attachment, (Attachment{"pod1", "eth0"}));
  EXPECT_EQ(request.args.at("K8S_POD_NAME"), "a");
  EXPECT_EQ(request.config.mtu, 1400u);
  EXPECT_EQ(request.config.mode, Mode::Routed);
  ASSERT_EQ(request.config.ipam.sets.size(), 1u);
  const PoolRange range = request.config.ipam.sets[0][0];
  EXPECT_EQ(range.first.text(), "10.1.0.1");
  EXPECT_EQ(range.last.text(), "10.1.255.254");
  EXPECT_EQ(range.gateway.text(), "10.1.0.1");
}

TEST(ReadRequest, NamesEveryMissingVariable) {
  const Failure failure = failure_of({{"CNI_COMMAND", "ADD"}, {"CNI_IFNAME", "eth0"}}, config());
  EXPECT_EQ(failure.code, Code::InvalidEnvironment);
  EXPECT_TRUE(names(failure, "CNI_CONTAINERID,CNI_NETNS")) << failure.msg;
}

TEST(ReadRequest, DelNeedsNoNamespace) {
  const Environment del = with(with(kAdd, "CNI_COMMAND", "DEL"), "CNI_NETNS", "");
  EXPECT_EQ(request_of(del, config()).verb, Verb::Del);
}

TEST(ReadRequest, RefusesHostileNames) {
  for (const std::string id : {"../../etc", "a/b", "-rf", "a b", "a\nb", ".hidden", "\xff"}) {
    EXPECT_EQ(failure_of(with(kAdd, "CNI_CONTAINERID", id), config()).code,
              Code::InvalidEnvironment)
        << id;
  }
  for (const std::string name : {"sixteen-letters-", "a/b", "..", "a:b", "a b", "a\tb"}) {
    EXPECT_EQ(failure_of(with(kAdd, "CNI_IFNAME", name), config()).code, Code::InvalidEnvironment)
        << name;
  }
  const std::string escaping = R"({"cniVersion": "1.0.0", "name": "../net", "type": "cni"})";
  EXPECT_EQ(failure_of(kAdd, escaping).code, Code::InvalidConfig);
}

TEST(ReadRequest, TellsVersionsApart) {
  EXPECT_EQ(failure_of(kAdd, config("", "9.9.9")).code, Code::IncompatibleVersion);
  EXPECT_TRUE(names(failure_of(kAdd, config("", "9.9.9")), "1.1.0"));
  const Environment check = with(kAdd, "CNI_COMMAND", "CHECK");
  EXPECT_TRUE(names(failure_of(check, config("", "0.3.1")), "does not allow CHECK"));
  EXPECT_TRUE(names(failure_of(with(kAdd, "CNI_COMMAND", "GC"), config()), "does not allow GC"));
  EXPECT_TRUE(names(failure_of(check, config()), "prevResult"));
}

TEST(ReadRequest, VersionNeedsOnlyACniVersion) {
  const Request request = request_of({{"CNI_COMMAND", "VERSION"}}, R"({"cniVersion": "0.4.0"})");
  EXPECT_EQ(request.verb, Verb::Version);
  EXPECT_EQ(request.config.version, "0.4.0");
}

TEST(ReadRequest, RefusesWhatIsNoJsonObject) {
  for (const std::string input : {"", "{", "[]", "null", "\"text\"", "{} {}", "\xff\xfe"}) {
    EXPECT_EQ(failure_of(kAdd, input).code, Code::Undecodable) << input;
  }
}

TEST(ReadRequest, NamesEveryMistakeOfAConfiguration) {
  const Failure failure =
      failure_of(kAdd, R"({"cniVersion": "1.0.0", "name": 5, "mtu": "big", "ipMasq": 1,
                           "ipam": {"subnet": "10.1.0.0/33", "routes": [{"dst": "x"}]},
                           "runtimeConfig": {"portMappings": [{"hostPort": 99999}]}})");
  EXPECT_EQ(failure.code, Code::InvalidConfig);
  for (const std::string part :
       {"name: 5", "mtu: \"big\"", "ipMasq: 1", "ipam.subnet", "ipam.routes[0].dst",
        "runtimeConfig.portMappings[0].hostPort: 99999"}) {
    EXPECT_TRUE(names(failure, part)) << part << " in " << failure.details;
  }
}

TEST(ReadRequest, RefusesRangesThatCannotWork) {
  const auto of = [](const std::string& ipam) {
    return failure_of(kAdd, R"({"cniVersion": "1.0.0", "name": "n", "ipam": )" + ipam + "}")
        .details;
  };
  EXPECT_NE(of(R"({"subnet": "10.1.0.0/31"})").find("too small"), std::string::npos);
  EXPECT_NE(of(R"({"subnet": "10.1.0.0/24", "rangeStart": "10.2.0.1"})").find("not in"),
            std::string::npos);
  EXPECT_NE(of(R"({"ranges": [[{"subnet": "10.1.0.0/16"}], [{"subnet": "10.1.2.0/24"}]]})")
                .find("overlaps"),
            std::string::npos);
  EXPECT_NE(of("{}").find("neither subnet nor ranges"), std::string::npos);
}

TEST(ReadRequest, TheNameItIsCalledByDecidesTheModeFirst) {
  EXPECT_EQ(request_of(kAdd, config(R"("mode": "fake")")).config.mode, Mode::Fake);
  EXPECT_EQ(request_of(kAdd, config(R"("mode": "fake")"), "host-local").config.mode,
            Mode::HostLocal);
  EXPECT_EQ(request_of(kAdd, config(), "loopback").config.mode, Mode::Loopback);
  EXPECT_TRUE(names(failure_of(kAdd, config(R"("mode": "magic")")), "magic"));
}

TEST(ReadRequest, CapabilitiesAndArgumentsReachTheConfiguration) {
  const Request request = request_of(
      with(kAdd, "CNI_ARGS", "IP=10.1.0.9;MAC=02:00:00:00:00:01"),
      config(R"("runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80},
                                  {"hostPort": 53, "containerPort": 5353, "protocol": "udp"}],
                "ipRanges": [[{"subnet": "10.7.0.0/24"}]], "ips": ["10.7.0.5/24"]})"));
  ASSERT_EQ(request.config.ports.size(), 2u);
  EXPECT_TRUE(request.config.ports[1].udp);
  EXPECT_EQ(request.config.ipam.sets[0][0].subnet.text(), "10.7.0.0/24");
  ASSERT_EQ(request.config.wanted.size(), 2u);
  EXPECT_EQ(request.config.wanted[0].text(), "10.7.0.5");
  EXPECT_EQ(request.config.mac, "02:00:00:00:00:01");
}

TEST(ReadRequest, GcReadsWhatIsStillValid) {
  const Environment gc = {{"CNI_COMMAND", "GC"}, {"CNI_PATH", "/x"}};
  const Request request = request_of(
      gc,
      config(R"("cni.dev/valid-attachments": [{"containerID": "a", "ifname": "eth0"}])", "1.1.0"));
  EXPECT_EQ(request.valid, std::vector<Attachment>({{"a", "eth0"}}));
  EXPECT_TRUE(
      request_of(gc, config(R"("cni.dev/valid-attachments": null)", "1.1.0")).valid.empty());
}

TEST(HostInterfaceName, IsTheSameForTheSameAttachmentAndFitsTheKernel) {
  const std::string name = host_interface_name("net", "pod1", "eth0");
  EXPECT_EQ(name, host_interface_name("net", "pod1", "eth0"));
  EXPECT_NE(name, host_interface_name("net", "pod1", "eth1"));
  EXPECT_NE(host_interface_name("a", "bc", "d"), host_interface_name("ab", "c", "d"));
  EXPECT_EQ(name.size(), 15u);
  EXPECT_EQ(wrong_interface_name(name), "");
}

}  // namespace
}  // namespace testbed::cni
