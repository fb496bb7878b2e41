#include "emulator/cni/netfilter.h"

#include <fcntl.h>

#include <algorithm>

#include "emulator/cni/iptables_command.h"
#include "emulator/cni/timed_lock.h"
#include "emulator/cni/xtables.h"
#include "orchestrator/base/files.h"

namespace testbed::cni {
namespace {

constexpr std::array kChains = {NatChain::Prerouting, NatChain::Output, NatChain::Postrouting};

// Where iptables(8) keeps its lock; who changes a table by read and replace has to hold it.
constexpr const char* kLock = "/run/xtables.lock";
constexpr std::chrono::seconds kPatience{10};

class LegacyTable : public NatTable {
 public:
  explicit LegacyTable(Xtables xtables) : xtables_(std::move(xtables)) {}

  std::string how() const override { return "iptables-legacy (setsockopt)"; }
  bool has_masquerade() const override { return xtables_.has_target("MASQUERADE", 0); }
  bool has_addrtype() const override { return xtables_.has_match("addrtype", 1); }

  Answer<> change(const std::vector<NatRule>& wanted,
                  const std::function<bool(const NatRule&)>& unwanted) const override {
    // Without /run nobody else can hold the lock either.
    const UniqueFd lock(::open(kLock, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.valid()) TRY(lock_within(lock.get(), kPatience));
    XtTable table = TRY(xtables_.read());
    bool changed = false;
    std::vector<NatRule> present;
    for (const NatChain chain : kChains) {
      auto found = rules_in(table, xtables_.v6(), chain);
      std::reverse(found.begin(), found.end());  // so that indices stay right
      for (const FoundRule& rule : found) {
        if (!unwanted(rule.rule)) {
          present.push_back(rule.rule);
          continue;
        }
        table.erase(rule.index);
        changed = true;
      }
    }
    const std::uint8_t dnat_revision = xtables_.has_target("DNAT", 2) ? 2 : 0;
    for (const NatRule& rule : wanted) {
      if (std::find(present.begin(), present.end(), rule) != present.end()) continue;
      table.append(rule.chain, encode(rule, dnat_revision));
      changed = true;
    }
    if (!changed) return {};
    return xtables_.replace(table);
  }

  Answer<std::vector<NatRule>> rules() const override {
    const XtTable table = TRY(xtables_.read());
    std::vector<NatRule> all;
    for (const NatChain chain : kChains) {
      for (FoundRule& found : rules_in(table, xtables_.v6(), chain)) {
        all.push_back(std::move(found.rule));
      }
    }
    return all;
  }

 private:
  Xtables xtables_;
};

}  // namespace

Answer<std::unique_ptr<NatTable>> open_nat_table(bool v6) {
  auto legacy = Xtables::open(v6);
  if (legacy) return std::unique_ptr<NatTable>(new LegacyTable(std::move(legacy).value()));
  auto command = open_iptables_command(v6);
  if (command) return std::move(command).value();
  Failure failure = std::move(legacy).error();
  failure.details = std::move(command).error().msg;
  return failure;
}

}  // namespace testbed::cni
