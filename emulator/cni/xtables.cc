#include "emulator/cni/xtables.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "emulator/cni/xt_layout.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::cni {
namespace {

constexpr const char* kTable = "nat";
constexpr std::size_t kMaxTable = std::size_t{64} << 20;

// The option numbers are the same for both families; the level tells them apart.
int level(bool v6) { return v6 ? IPPROTO_IPV6 : IPPROTO_IP; }

Failure refused(const std::string& doing, bool v6, int error) {
  return {
      .code = Code::NetworkFailed,
      .msg = std::string(v6 ? "ip6tables" : "iptables") + ": " + doing + ": " + errno_text(error)};
}

struct Shape {
  std::size_t head, target_offset, next_offset;
};

Shape shape(bool v6) {
  return v6 ? Shape{sizeof(ip6t_entry), offsetof(ip6t_entry, target_offset),
                    offsetof(ip6t_entry, next_offset)}
            : Shape{sizeof(ipt_entry), offsetof(ipt_entry, target_offset),
                    offsetof(ipt_entry, next_offset)};
}

// The verdict of a standard target stands right after its head.
std::size_t verdict_offset(const std::string& bytes, bool v6) {
  return at<std::uint16_t>(bytes, shape(v6).target_offset) + sizeof(XtTargetHead);
}

bool has_standard_target(const std::string& bytes, bool v6) {
  const auto head = at<XtTargetHead>(bytes, at<std::uint16_t>(bytes, shape(v6).target_offset));
  return head.name[0] == '\0' && head.size >= sizeof(XtTargetHead) + sizeof(std::int32_t);
}

std::size_t hook_of(NatChain chain) {
  switch (chain) {
    case NatChain::Prerouting:
      return 0;  // NF_INET_PRE_ROUTING
    case NatChain::Output:
      return 3;  // NF_INET_LOCAL_OUT
    case NatChain::Postrouting:
      return 4;  // NF_INET_POST_ROUTING
  }
  return 0;
}

// Splits the block and turns offsets into indices; false where it does not hold together.
bool split(const std::string& block, bool v6, XtTable& table, std::vector<std::size_t>& offsets) {
  for (std::size_t offset = 0; offset < block.size();) {
    const std::string rest = block.substr(offset, shape(v6).head);
    const auto next = at<std::uint16_t>(rest, shape(v6).next_offset);
    if (next < shape(v6).head || offset + next > block.size()) return false;
    offsets.push_back(offset);
    table.entries.push_back({block.substr(offset, next)});
    offset += next;
  }
  return true;
}

int index_at(const std::vector<std::size_t>& offsets, std::size_t offset) {
  const auto found = std::lower_bound(offsets.begin(), offsets.end(), offset);
  return found == offsets.end() || *found != offset ? -1
                                                    : static_cast<int>(found - offsets.begin());
}

template <class Replace>
void fill_hooks(Replace& replace, const XtTable& table, const std::vector<std::size_t>& offsets) {
  for (std::size_t hook = 0; hook < XtTable::kHooks; ++hook) {
    if ((table.valid_hooks & (1U << hook)) == 0) continue;
    replace.hook_entry[hook] =
        static_cast<unsigned>(offsets[static_cast<std::size_t>(table.entry_of_hook[hook])]);
    replace.underflow[hook] =
        static_cast<unsigned>(offsets[static_cast<std::size_t>(table.policy_of_hook[hook])]);
  }
}

template <class Replace>
int set_replace(int fd, bool v6, const XtTable& table, const std::string& block,
                const std::vector<std::size_t>& offsets) {
  std::vector<xt_counters> counters(std::max(1U, table.old_entries));
  std::string bytes(offsetof(Replace, entries), '\0');
  auto replace = at<Replace>(bytes, 0);
  std::strcpy(replace.name, kTable);
  replace.valid_hooks = table.valid_hooks;
  replace.num_entries = static_cast<unsigned>(table.entries.size());
  replace.size = static_cast<unsigned>(block.size());
  fill_hooks(replace, table, offsets);
  replace.num_counters = table.old_entries;
  replace.counters = counters.data();
  std::memcpy(bytes.data(), static_cast<const void*>(&replace), bytes.size());
  bytes += block;
  return ::setsockopt(fd, level(v6), IPT_SO_SET_REPLACE, bytes.data(),
                      static_cast<socklen_t>(bytes.size())) == 0
             ? 0
             : errno;
}

}  // namespace

void XtTable::append(NatChain chain, XtEntry entry) {
  const std::size_t own = hook_of(chain);
  const int place = policy_of_hook[own];
  entries.insert(entries.begin() + place, std::move(entry));
  for (XtEntry& other : entries) {
    // A rule before that falls through to the policy now falls through to the new rule.
    if (other.jump > place) ++other.jump;
  }
  for (std::size_t hook = 0; hook < kHooks; ++hook) {
    if (entry_of_hook[hook] > place) ++entry_of_hook[hook];
    if (policy_of_hook[hook] >= place) ++policy_of_hook[hook];
  }
}

void XtTable::erase(std::size_t index) {
  const int place = static_cast<int>(index);
  entries.erase(entries.begin() + place);
  for (XtEntry& other : entries) {
    if (other.jump > place) --other.jump;
  }
  for (std::size_t hook = 0; hook < kHooks; ++hook) {
    if (entry_of_hook[hook] > place) --entry_of_hook[hook];
    if (policy_of_hook[hook] > place) --policy_of_hook[hook];
  }
}

Answer<Xtables> Xtables::open(bool v6) {
  UniqueFd fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!fd.valid()) return refused("raw socket", v6, errno);
  ipt_getinfo info{};
  std::strcpy(info.name, kTable);
  socklen_t size = sizeof info;
  if (::getsockopt(fd.get(), level(v6), IPT_SO_GET_INFO, &info, &size) != 0) {
    return refused("look for table nat", v6, errno);
  }
  return Xtables(std::move(fd), v6);
}

bool Xtables::has_revision(int option, const std::string& name, std::uint8_t revision) const {
  xt_get_revision wanted{};
  name.copy(wanted.name, sizeof wanted.name - 1);
  wanted.revision = revision;
  socklen_t size = sizeof wanted;
  return ::getsockopt(fd_.get(), level(v6_), option, &wanted, &size) == 0;
}

bool Xtables::has_target(const std::string& name, std::uint8_t revision) const {
  return has_revision(v6_ ? IP6T_SO_GET_REVISION_TARGET : IPT_SO_GET_REVISION_TARGET, name,
                      revision);
}

bool Xtables::has_match(const std::string& name, std::uint8_t revision) const {
  return has_revision(v6_ ? IP6T_SO_GET_REVISION_MATCH : IPT_SO_GET_REVISION_MATCH, name, revision);
}

Answer<XtTable> Xtables::read() const {
  ipt_getinfo info{};
  std::strcpy(info.name, kTable);
  socklen_t size = sizeof info;
  if (::getsockopt(fd_.get(), level(v6_), IPT_SO_GET_INFO, &info, &size) != 0) {
    return refused("look for table nat", v6_, errno);
  }
  if (info.size > kMaxTable) return refused("read table nat", v6_, EFBIG);
  const std::size_t head = offsetof(ipt_get_entries, entrytable);
  std::string bytes(head + info.size, '\0');
  ipt_get_entries request = zeroed<ipt_get_entries>();
  std::strcpy(request.name, kTable);
  request.size = info.size;
  std::memcpy(bytes.data(), static_cast<const void*>(&request), head);
  size = static_cast<socklen_t>(bytes.size());
  if (::getsockopt(fd_.get(), level(v6_), IPT_SO_GET_ENTRIES, bytes.data(), &size) != 0) {
    return refused("read table nat", v6_, errno);
  }
  XtTable table;
  std::vector<std::size_t> offsets;
  bool whole = split(bytes.substr(head), v6_, table, offsets);
  table.valid_hooks = info.valid_hooks;
  table.old_entries = info.num_entries;
  for (std::size_t hook = 0; hook < XtTable::kHooks; ++hook) {
    if ((info.valid_hooks & (1U << hook)) == 0) continue;
    table.entry_of_hook[hook] = index_at(offsets, info.hook_entry[hook]);
    table.policy_of_hook[hook] = index_at(offsets, info.underflow[hook]);
    whole = whole && table.entry_of_hook[hook] >= 0 && table.policy_of_hook[hook] >= 0;
  }
  for (XtEntry& entry : table.entries) {
    if (!has_standard_target(entry.bytes, v6_)) continue;
    const auto verdict = at<std::int32_t>(entry.bytes, verdict_offset(entry.bytes, v6_));
    if (verdict < 0) continue;
    entry.jump = index_at(offsets, static_cast<std::size_t>(verdict));
    whole = whole && entry.jump >= 0;
  }
  if (!whole) return refused("understand table nat", v6_, EPROTO);
  return table;
}

Answer<> Xtables::replace(const XtTable& table) const {
  std::vector<std::size_t> offsets;
  std::size_t total = 0;
  for (const XtEntry& entry : table.entries) {
    offsets.push_back(total);
    total += entry.bytes.size();
  }
  std::string block;
  for (const XtEntry& entry : table.entries) {
    std::string bytes = entry.bytes;
    if (entry.jump >= 0) {
      put_at(bytes, verdict_offset(bytes, v6_),
             static_cast<std::int32_t>(offsets[static_cast<std::size_t>(entry.jump)]));
    }
    block += bytes;
  }
  const int error = v6_ ? set_replace<ip6t_replace>(fd_.get(), true, table, block, offsets)
                        : set_replace<ipt_replace>(fd_.get(), false, table, block, offsets);
  if (error != 0) return refused("write table nat", v6_, error);
  return {};
}

std::vector<FoundRule> rules_in(const XtTable& table, bool v6, NatChain chain) {
  std::vector<FoundRule> found;
  const std::size_t hook = hook_of(chain);
  for (int i = table.entry_of_hook[hook]; i < table.policy_of_hook[hook]; ++i) {
    const auto index = static_cast<std::size_t>(i);
    if (auto rule = decode(table.entries[index], v6, chain)) {
      found.push_back({index, *std::move(rule)});
    }
  }
  return found;
}

}  // namespace testbed::cni
