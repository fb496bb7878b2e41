#include <gtest/gtest.h>

#include "emulator/cni/iptables_command.h"
#include "emulator/cni/pod_nat.h"
#include "emulator/cni/xtables.h"

namespace testbed::cni {
namespace {

constexpr NatChain kChains[] = {NatChain::Prerouting, NatChain::Output, NatChain::Postrouting};

Config config(bool v6 = false) {
  const Prefix subnet = *Prefix::parse(v6 ? "fd00::/64" : "10.1.0.0/24");
  Config made;
  made.masquerade = true;
  made.ipam.sets = {{{.subnet = subnet,
                      .first = subnet.address.next(),
                      .last = subnet.address.last_of(subnet.length),
                      .gateway = subnet.address.next()}}};
  made.ports = {{.host_port = 8080, .container_port = 80},
                {.host_port = 53, .container_port = 53, .udp = true}};
  return made;
}

NatFacts gvisor() {
  return {.masquerade = false,
          .addrtype = false,
          .local = {{"lo", *Address::parse("127.0.0.1")},
                    {"eth0", *Address::parse("192.0.2.1")},
                    {"eth0", *Address::parse("2001:db8::1")}}};
}

std::vector<NatRule> all_rules(bool v6, const NatFacts& facts) {
  const Address pod = *Address::parse(v6 ? "fd00::5" : "10.1.0.5");
  auto rules = leaving_rules(config(v6), facts, v6);
  const auto more = pod_rules(config(v6), facts, pod);
  rules.insert(rules.end(), more.begin(), more.end());
  return rules;
}

TEST(NatRules, ComeBackFromTheKernelsBytes) {
  for (const bool v6 : {false, true}) {
    for (const NatFacts& facts : {NatFacts{}, gvisor()}) {
      for (const NatRule& rule : all_rules(v6, facts)) {
        for (const std::uint8_t revision : {0, 2}) {
          const auto back = decode(encode(rule, revision), v6, rule.chain);
          ASSERT_TRUE(back);
          EXPECT_EQ(*back, rule);
        }
      }
    }
  }
}

TEST(NatRules, ComeBackFromTheWordsOfIptables) {
  for (const bool v6 : {false, true}) {
    for (const NatRule& rule : all_rules(v6, NatFacts{})) {
      EXPECT_EQ(read_iptables_arguments(iptables_arguments(rule), rule.chain, v6), rule);
    }
  }
}

TEST(NatRules, WithoutMasqueradeSayTheProtocolAndTheInterface) {
  const auto rules = leaving_rules(config(), gvisor(), false);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].protocol, Protocol::Tcp);
  EXPECT_EQ(rules[1].protocol, Protocol::Udp);
  EXPECT_EQ(rules[0].out_interface, "eth0");
  EXPECT_EQ(rules[0].to->text(), "192.0.2.1");
}

TEST(NatRules, OfAPodAreKnownByItsAddress) {
  const Address pod = *Address::parse("10.1.0.5"), other = *Address::parse("10.1.0.6");
  for (const NatFacts& facts : {NatFacts{}, gvisor()}) {
    for (const NatRule& rule : pod_rules(config(), facts, pod)) {
      EXPECT_TRUE(is_rule_of_pod(rule, pod, facts));
      EXPECT_FALSE(is_rule_of_pod(rule, other, facts));
      EXPECT_FALSE(is_leaving_rule(rule, config()));
    }
  }
}

TEST(NatRules, OfAServiceAreNotThoseOfItsPod) {
  const NatRule service{.chain = NatChain::Output,
                        .protocol = Protocol::Tcp,
                        .destination = Prefix::parse("10.43.0.1/32"),
                        .port = 443,
                        .target = NatTarget::Dnat,
                        .to = Address::parse("10.1.0.5"),
                        .to_port = 6443};
  EXPECT_FALSE(is_rule_of_pod(service, *service.to, gvisor()));
}

// A table as the kernel makes an empty one: a policy for each built-in chain, and the end.
XtTable empty_table() {
  XtTable table;
  table.valid_hooks = 0b11011;
  for (int i = 0; i < 5; ++i) table.entries.push_back({std::string(8, static_cast<char>('0' + i))});
  table.entry_of_hook = {0, 1, 0, 2, 3};
  table.policy_of_hook = table.entry_of_hook;
  return table;
}

TEST(XtTable, AppendsBeforeThePolicyOfTheChain) {
  XtTable table = empty_table();
  table.append(NatChain::Output, {"first"});
  table.append(NatChain::Output, {"second"});
  EXPECT_EQ(table.entries[2].bytes, "first");
  EXPECT_EQ(table.entries[3].bytes, "second");
  EXPECT_EQ(table.entry_of_hook, (std::array{0, 1, 0, 2, 5}));
  EXPECT_EQ(table.policy_of_hook, (std::array{0, 1, 0, 4, 5}));
}

TEST(XtTable, EraseUndoesAppend) {
  XtTable table = empty_table();
  for (const NatChain chain : kChains) table.append(chain, {"x"});
  for (const NatChain chain : kChains) {
    for (std::size_t i = 0; i < table.entries.size(); ++i) {
      if (table.entries[i].bytes == "x") {
        table.erase(i);
        break;
      }
    }
    (void)chain;
  }
  EXPECT_EQ(table.entry_of_hook, empty_table().entry_of_hook);
  EXPECT_EQ(table.policy_of_hook, empty_table().policy_of_hook);
}

TEST(XtTable, JumpsKeepTheirTargets) {
  XtTable table = empty_table();
  table.entries[0].jump = 4;
  table.append(NatChain::Prerouting, {"x"});
  EXPECT_EQ(table.entries[1].jump, 5);
  table.erase(0);
  EXPECT_EQ(table.entries[0].jump, 4);
}

}  // namespace
}  // namespace testbed::cni
