// The plugin on this machine's kernel, in network namespaces of the test's own.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "emulator/cni/netfilter.h"
#include "emulator/cni/testing.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed::cni {
namespace {

std::string lacks_standard_plugin(const std::string& name) {
  const std::string path = "/usr/lib/cni/" + name;
  return ::access(path.c_str(), X_OK) == 0
             ? ""
             : path + ": sudo apt-get install containernetworking-plugins";
}

class CniHostTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_root());
    // This thread, and every program it starts, has a host of its own.
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    const auto netlink = Netlink::open();
    ASSERT_TRUE(netlink);
    ASSERT_TRUE(netlink->set_up(*netlink->link("lo")));
  }

  std::string config(const std::string& more = R"("mode": "routed")",
                     const std::string& version = "1.1.0") const {
    return R"({"cniVersion": ")" + version + R"(", "name": "net", "type": "cni", "dataDir": ")" +
           state_.path().string() + R"(", "ipam": {"ranges": [[{"subnet": "10.77.0.0/24"}],
           [{"subnet": "fd77::/64"}]]}, )" +
           more + "}";
  }
  CallResult add(const std::string& id, const TestNamespace& pod, const std::string& text) const {
    return call({.verb = "ADD", .id = id, .netns = pod.path(), .config = text});
  }
  CallResult del(const std::string& id, const std::string& text) const {
    return call({.verb = "DEL", .id = id, .config = text});
  }
  static std::string with_previous(const std::string& text, const CallResult& added) {
    json::object parsed = parse_json(text)->get_object();
    parsed["prevResult"] = added.answer;
    return to_line(parsed);
  }
  std::vector<std::string> held() const {
    std::vector<std::string> names;
    for (const std::string& name : list_directory(state_.path() / "net")) {
      if (Address::parse(name)) names.push_back(name);
    }
    return names;
  }
  static std::vector<std::string> veths() {
    std::vector<std::string> names;
    auto netlink = Netlink::open();
    const auto links = netlink->links();
    for (const Link& link : *links) {
      if (link.name.starts_with("veth")) names.push_back(link.name);
    }
    return names;
  }

  TempDir state_ = std::move(TempDir::make(fs::temp_directory_path(), "cni-host")).value();
};

sockaddr_in6 place(const std::string& address, unsigned port) {
  // IPv4 as an IPv6 socket sees it.
  const bool v6 = address.find(':') != std::string::npos;
  sockaddr_in6 at{};
  at.sin6_family = AF_INET6;
  at.sin6_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET6, (v6 ? address : "::ffff:" + address).c_str(), &at.sin6_addr);
  return at;
}

UniqueFd listen_on(unsigned port) {
  UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in6 at = place("::", port);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  EXPECT_EQ(::listen(fd.get(), 8), 0);
  return fd;
}

// Whether a connection to that place is made within three seconds.
bool reaches(const std::string& address, unsigned port) {
  const UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in6 at = place(address, port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd ready{.fd = fd.get(), .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 3000) != 1) return false;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0;
}

TEST_F(CniHostTest, RoutedPodsReachEachOtherAndTheMachineOverBothFamilies) {
  const TestNamespace a, b;
  ASSERT_EQ(add("a", a, config()).exit_code, 0);
  ASSERT_EQ(add("b", b, config()).exit_code, 0);
  const UniqueFd in_a = a.inside([] { return listen_on(80); });
  const UniqueFd here = listen_on(8080);
  for (const std::string address : {"10.77.0.2", "fd77::2"}) {
    EXPECT_TRUE(reaches(address, 80)) << address;
    EXPECT_TRUE(b.inside([&] { return reaches(address, 80); })) << address;
  }
  for (const std::string address : {"10.77.0.1", "fd77::1"}) {
    EXPECT_TRUE(b.inside([&] { return reaches(address, 8080); })) << address;
  }
  for (const char* id : {"a", "b"}) EXPECT_EQ(del(id, config()).exit_code, 0);
}

TEST_F(CniHostTest, PodsOnABridgeReachEachOther) {
  const std::string bridge = config(R"("mode": "bridge", "bridge": "br77", "isGateway": true)");
  const TestNamespace a, b;
  ASSERT_EQ(add("a", a, bridge).exit_code, 0);
  ASSERT_EQ(add("b", b, bridge).exit_code, 0);
  const UniqueFd in_a = a.inside([] { return listen_on(80); });
  for (const std::string address : {"10.77.0.2", "fd77::2"}) {
    EXPECT_TRUE(reaches(address, 80)) << address;
    EXPECT_TRUE(b.inside([&] { return reaches(address, 80); })) << address;
  }
}

TEST_F(CniHostTest, DelLeavesNoInterfaceNoRuleAndNoAddress) {
  const std::string text = config(
      R"("mode": "routed", "runtimeConfig": {"portMappings": [{"hostPort": 88, "containerPort": 80}]})");
  const TestNamespace a;
  ASSERT_EQ(add("a", a, text).exit_code, 0);
  EXPECT_EQ(veths().size(), 1u);
  EXPECT_EQ(held().size(), 2u);
  EXPECT_EQ(del("a", config()).exit_code,
            0);  // without the ports: the rules are found all the same
  EXPECT_TRUE(veths().empty());
  EXPECT_TRUE(held().empty());
  for (const bool v6 : {false, true}) {
    EXPECT_TRUE((*open_nat_table(v6))->rules()->empty());
  }
  EXPECT_EQ(del("a", config()).exit_code, 0);
}

TEST_F(CniHostTest, AHostPortLeadsToThePod) {
  const std::string text = config(
      R"("mode": "routed", "runtimeConfig": {"portMappings": [{"hostPort": 88, "containerPort": 80}]})");
  const TestNamespace a, b;
  ASSERT_EQ(add("a", a, text).exit_code, 0);
  ASSERT_EQ(add("b", b, config()).exit_code, 0);
  const UniqueFd in_a = a.inside([] { return listen_on(80); });
  EXPECT_TRUE(reaches("127.0.0.1", 88));
  EXPECT_TRUE(reaches("10.77.0.1", 88));
  EXPECT_TRUE(b.inside([] { return reaches("10.77.0.1", 88); }));
  EXPECT_TRUE(a.inside([] { return reaches("10.77.0.1", 88); }));
}

TEST_F(CniHostTest, TheInterfaceThatIsThereStaysWhenItIsAddedAgain) {
  const TestNamespace a;
  ASSERT_EQ(add("a", a, config()).exit_code, 0);
  const CallResult again = add("a", a, config());
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.code(), static_cast<int>(Code::InterfaceExists));
  EXPECT_TRUE(a.inside([] { return Netlink::open()->find_link("eth0")->has_value(); }));
  EXPECT_EQ(held().size(), 2u);
}

TEST_F(CniHostTest, MtuAndHardwareAddressAreThoseThatWereAskedFor) {
  const TestNamespace a;
  const CallResult added = add("a", a, config(R"("mode": "routed", "mtu": 1400,
                                                 "runtimeConfig": {"mac": "02:00:00:00:00:07"})"));
  ASSERT_EQ(added.exit_code, 0) << added.out;
  const Link link = a.inside([] { return *Netlink::open()->link("eth0"); });
  EXPECT_EQ(link.mtu, 1400u);
  EXPECT_EQ(link.mac, "02:00:00:00:00:07");
}

TEST_F(CniHostTest, CheckFindsWhatIsMissing) {
  const TestNamespace a;
  const CallResult added = add("a", a, config());
  const CallSpec check{
      .verb = "CHECK", .id = "a", .netns = a.path(), .config = with_previous(config(), added)};
  EXPECT_EQ(call(check).exit_code, 0) << call(check).out;
  (void)(*open_nat_table(false))->change({}, [](const NatRule&) { return true; });
  EXPECT_NE(call(check).msg().find("nat rule is missing"), std::string::npos);
  a.inside(
      [] { return Netlink::open()->delete_link(*Netlink::open()->link("eth0")).operator bool(); });
  EXPECT_EQ(call(check).code(), static_cast<int>(Code::CheckFailed));
}

TEST_F(CniHostTest, GcReturnsWhatNobodyHasAnyMore) {
  const TestNamespace a, b;
  ASSERT_EQ(add("a", a, config()).exit_code, 0);
  ASSERT_EQ(add("b", b, config()).exit_code, 0);
  const std::string text = config(
      R"("mode": "routed", "cni.dev/valid-attachments": [{"containerID": "b", "ifname": "eth0"}])");
  const CallResult done = call({.verb = "GC", .id = "", .config = text});
  EXPECT_EQ(done.exit_code, 0) << done.out;
  EXPECT_EQ(held(), (std::vector<std::string>{"10.77.0.3", "fd77::3"}));
  EXPECT_EQ(veths().size(), 1u);
}

TEST_F(CniHostTest, ANamespaceThatIsGoneIsKnownToAddAndNoMatterToDel) {
  TestNamespace a;
  ASSERT_EQ(add("a", a, config()).exit_code, 0);
  const std::string path = a.path();
  a.vanish();
  EXPECT_EQ(call({.verb = "DEL", .id = "a", .netns = path, .config = config()}).exit_code, 0);
  EXPECT_TRUE(held().empty());
  const CallResult added =
      call({.verb = "ADD", .id = "a", .netns = "/proc/self/fd/none", .config = config()});
  EXPECT_EQ(added.code(), static_cast<int>(Code::UnknownContainer));
  EXPECT_TRUE(held().empty());
  EXPECT_TRUE(veths().empty());
}

TEST_F(CniHostTest, AFileThatIsNoNamespaceIsAWrongVariable) {
  const CallResult added =
      call({.verb = "ADD", .id = "a", .netns = "/etc/hostname", .config = config()});
  EXPECT_EQ(added.code(), static_cast<int>(Code::InvalidEnvironment)) << added.out;
  EXPECT_TRUE(held().empty());
}

TEST_F(CniHostTest, AFullDiskOrAReadOnlyOneIsAnIoFailureAndChangesNothing) {
  ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr), 0);
  const char* state = state_.path().c_str();
  // Two pages: the directory and the lock have room, no address has.
  ASSERT_EQ(::mount("none", state, "tmpfs", 0, "size=4k"), 0);
  ASSERT_TRUE(write_file(state_.path() / "filler", std::string(4096, 'x')));
  const TestNamespace a;
  CallResult added = add("a", a, config());
  EXPECT_EQ(added.exit_code, 1);
  EXPECT_EQ(added.code(), static_cast<int>(Code::IoFailure)) << added.out;
  EXPECT_NE(added.msg().find("ENOSPC"), std::string::npos) << added.msg();
  EXPECT_TRUE(held().empty());
  ASSERT_EQ(::mount("none", state, "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  added = add("a", a, config());
  EXPECT_EQ(added.code(), static_cast<int>(Code::IoFailure)) << added.out;
  EXPECT_NE(added.msg().find("EROFS"), std::string::npos) << added.msg();
  EXPECT_TRUE(veths().empty());
  EXPECT_EQ(::umount2(state, MNT_DETACH), 0);
}

TEST_F(CniHostTest, LoopbackIsSetUp) {
  const TestNamespace a;
  const CallResult added = add("a", a, config(R"("mode": "loopback")"));
  ASSERT_EQ(added.exit_code, 0) << added.out;
  EXPECT_TRUE(a.inside([] { return Netlink::open()->link("lo")->up; }));
  EXPECT_NE(added.out.find("127.0.0.1/8"), std::string::npos);
}

TEST_F(CniHostTest, AnotherIpamPluginIsAskedAsTheSpecificationSays) {
  REQUIRE_HOST(lacks_standard_plugin("static"));
  const TestNamespace a;
  const std::string text =
      R"({"cniVersion": "1.0.0", "name": "net", "type": "cni", "mode": "routed", "ipam": {"type":
         "static", "addresses": [{"address": "10.78.0.5/24", "gateway": "10.78.0.1"}]}})";
  const CallResult added = add("a", a, text);
  ASSERT_EQ(added.exit_code, 0) << added.out;
  EXPECT_NE(added.out.find("10.78.0.5/32"), std::string::npos) << added.out;
  EXPECT_TRUE(a.inside([] { return reaches("10.78.0.1", 1) || errno != ENETUNREACH; }));
  EXPECT_EQ(del("a", text).exit_code, 0);
}

// The same keys in the same places with the same kinds of values; what differs by nature (names and
// hardware addresses) is blanked.
json::value shape_of(const json::value& value) {
  if (const auto* object = value.if_object()) {
    json::object made;
    for (const auto& [key, member] : *object) {
      made[key] = key == "name" || key == "mac" ? json::value("...") : shape_of(member);
    }
    return made;
  }
  if (const auto* array = value.if_array()) {
    json::array made;
    for (const auto& member : *array) made.push_back(shape_of(member));
    return made;
  }
  return value;
}

TEST_F(CniHostTest, TheBridgeModeAnswersWhatTheStandardPluginAnswers) {
  REQUIRE_HOST(lacks_standard_plugin("bridge"));
  for (const std::string version : {"0.2.0", "0.3.1", "0.4.0", "1.0.0"}) {
    const TempDir theirs = std::move(TempDir::make(fs::temp_directory_path(), "cni-std")).value();
    const TempDir mine = std::move(TempDir::make(fs::temp_directory_path(), "cni-own")).value();
    const auto text = [&](const std::string& bridge, const fs::path& folder) {
      return R"({"cniVersion": ")" + version + R"(", "name": "n", "type": "bridge", "bridge": ")" +
             bridge + R"(", "isDefaultGateway": true, "ipMasq": false, "dns": {"nameservers":
             ["10.77.0.1"]}, "ipam": {"type": "host-local", "dataDir": ")" +
             folder.string() + R"(", "ranges": [[{"subnet": "10.77.0.0/24"}]]}})";
    };
    const TestNamespace a, b;
    const CallResult standard = call({.verb = "ADD",
                                      .id = "a",
                                      .netns = a.path(),
                                      .config = text("brstd", theirs.path()),
                                      .program = "/usr/lib/cni/bridge"});
    CallResult own =
        call({.verb = "ADD", .id = "a", .netns = b.path(), .config = text("brown", mine.path())});
    ASSERT_EQ(standard.exit_code, 0) << standard.out;
    ASSERT_EQ(own.exit_code, 0) << own.out;
    std::string ours = to_line(shape_of(own.answer));
    std::string expected = to_line(shape_of(standard.answer));
    // The namespaces are two.
    const auto at = expected.find(a.path());
    if (at != std::string::npos) expected.replace(at, a.path().size(), b.path());
    EXPECT_EQ(parse_json(ours).value(), parse_json(expected).value())
        << version << "\nours     " << ours << "\nexpected " << expected;
    EXPECT_EQ(call({.verb = "DEL",
                    .id = "a",
                    .netns = a.path(),
                    .config = text("brstd", theirs.path()),
                    .program = "/usr/lib/cni/bridge"})
                  .exit_code,
              0);
    EXPECT_EQ(del("a", text("brown", mine.path())).exit_code, 0);
  }
}

TEST_F(CniHostTest, HostLocalAnswersWhatTheStandardPluginAnswers) {
  REQUIRE_HOST(lacks_standard_plugin("host-local"));
  const TempDir links = std::move(TempDir::make(fs::temp_directory_path(), "cni-links")).value();
  fs::create_symlink(kProgram, links.path() / "host-local");
  const auto text = [&](const std::string& folder) {
    return R"({"cniVersion": "0.4.0", "name": "n", "type": "bridge", "ipam": {"type": "host-local",
              "dataDir": ")" +
           folder + R"(", "routes": [{"dst": "0.0.0.0/0"}], "ranges":
              [[{"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10"}], [{"subnet": "fd77::/64"}]]}})";
  };
  const TempDir theirs = std::move(TempDir::make(fs::temp_directory_path(), "cni-std")).value();
  const auto both = [&](const std::string& verb, const std::string& id) {
    const CallResult standard = call({.verb = verb,
                                      .id = id,
                                      .netns = "/none",
                                      .config = text(theirs.path().string()),
                                      .program = "/usr/lib/cni/host-local"});
    const CallResult own = call({.verb = verb,
                                 .id = id,
                                 .netns = "/none",
                                 .config = text(state_.path().string()),
                                 .program = (links.path() / "host-local").string()});
    EXPECT_EQ(own.exit_code, standard.exit_code) << verb << " " << own.out;
    if (standard.exit_code == 0) {
      EXPECT_EQ(own.answer, standard.answer) << own.out << standard.out;
    }
  };
  for (const char* id : {"a", "b"}) both("ADD", id);
  both("ADD", "a");  // refused by both
  both("DEL", "a");
  both("DEL", "a");
  both("ADD", "c");
  // Either goes on with the other's state.
  EXPECT_EQ(list_directory(theirs.path() / "n"), list_directory(state_.path() / "n"));
}

}  // namespace
}  // namespace testbed::cni
