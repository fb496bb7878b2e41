#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "emulator/cni/failure.h"
#include "emulator/cni/nat_rule.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::cni {

// One rule of a table as the kernel holds it, with the jump of its standard target, if it has one,
// as an index in place of a byte offset.
struct XtEntry {
  std::string bytes;
  int jump = -1;
};

// A whole table of the legacy iptables interface (net/ipv4/netfilter/ip_tables.c): all rules in one
// block, in which hooks and jumps are offsets. Rules of others are kept byte for byte.
struct XtTable {
  static constexpr int kHooks = 5;  // NF_INET_NUMHOOKS
  std::vector<XtEntry> entries;
  std::array<int, kHooks> entry_of_hook{};
  std::array<int, kHooks> policy_of_hook{};  // the last rule of the built-in chain
  unsigned valid_hooks = 0;
  unsigned old_entries = 0;  // how many the kernel had: it refuses to replace another number

  void append(NatChain chain, XtEntry entry);
  void erase(std::size_t index);
};

// The legacy iptables interface of one address family by getsockopt and setsockopt, which Linux has
// unless it was built without it, and gVisor always: no iptables program is needed.
class Xtables {
 public:
  // NetworkFailed with the errno where there is no such interface or no nat table.
  static Answer<Xtables> open(bool v6);

  // Whether the kernel knows a target or match at that revision.
  bool has_target(const std::string& name, std::uint8_t revision) const;
  bool has_match(const std::string& name, std::uint8_t revision) const;

  Answer<XtTable> read() const;
  Answer<> replace(const XtTable& table) const;

  bool v6() const { return v6_; }

 private:
  Xtables(UniqueFd fd, bool v6) : fd_(std::move(fd)), v6_(v6) {}
  bool has_revision(int option, const std::string& name, std::uint8_t revision) const;

  UniqueFd fd_;
  bool v6_;
};

// Between a rule and its bytes. What is not one of our forms is none. DNAT has the revision that
// iptables(8) would take, 2 where the kernel has it: it cannot print others.
XtEntry encode(const NatRule& rule, std::uint8_t dnat_revision);
std::optional<NatRule> decode(const XtEntry& entry, bool v6, NatChain chain);

// The rules in the built-in chain, as far as they can be decoded, with their index in the table.
struct FoundRule {
  std::size_t index;
  NatRule rule;
};
std::vector<FoundRule> rules_in(const XtTable& table, bool v6, NatChain chain);

}  // namespace testbed::cni
