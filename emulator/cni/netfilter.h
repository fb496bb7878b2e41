#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/cni/failure.h"
#include "emulator/cni/nat_rule.h"

namespace testbed::cni {

// How the nat table of one address family can be changed here, found out at run time.
class NatTable {
 public:
  virtual ~NatTable() = default;

  // "iptables-legacy (setsockopt)": for people.
  virtual std::string how() const = 0;
  virtual bool has_masquerade() const = 0;
  virtual bool has_addrtype() const = 0;

  // In one step, as seen by packets: removes what `unwanted` says yes to among the rules of our
  // forms, appends those of `wanted` that are not there. Rules of others stay as they are.
  virtual Answer<> change(const std::vector<NatRule>& wanted,
                          const std::function<bool(const NatRule&)>& unwanted) const = 0;
  virtual Answer<std::vector<NatRule>> rules() const = 0;
};

// The legacy interface of the kernel or sandbox first, since it needs no program; else an iptables
// program of the nf_tables kind in PATH. NetworkFailed, saying what was tried, where neither works.
Answer<std::unique_ptr<NatTable>> open_nat_table(bool v6);

}  // namespace testbed::cni
