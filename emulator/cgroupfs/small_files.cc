// The controllers with few files: hugetlb, net_cls, net_prio, rdma and misc.
#include <net/if.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <sstream>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr std::uint64_t k2MB = std::uint64_t{1} << 21, k1GB = std::uint64_t{1} << 30;

// In huge pages of the file's own size.
std::uint64_t page_of(const ControlFile& file) {
  return file.name.find(".2MB.") != std::string_view::npos ? k2MB : k1GB;
}

int write_huge_limit(const Access& access, std::string_view text) {
  const auto limit = parse_limit(text, page_of(access.file));
  return limit ? store(access, *limit) : limit.error();
}

int write_huge_limit_v1(const Access& access, std::string_view text) {
  const auto bytes = parse_memory(text);
  if (!bytes) return bytes.error();
  if (is_root(access.group)) return EINVAL;  // hugetlb_cgroup_write()
  const std::uint64_t page = page_of(access.file);
  return store(access, std::to_string(*bytes / page * page));
}

// Of 64 bits the lower half counts (write_classid()).
int write_classid(const Access& access, std::string_view text) {
  const auto number = parse_unsigned(text);
  return number ? store(access, std::to_string(static_cast<std::uint32_t>(*number)))
                : number.error();
}

// A line for each interface that this program sees.
Reply<std::string> read_priorities(const Access& access) {
  std::string text;
  struct if_nameindex* interfaces = ::if_nameindex();
  if (interfaces == nullptr) return Errno{ENOMEM};
  for (const auto* at = interfaces; at->if_index != 0; ++at) {
    const auto set = access.group.values.find(std::string(access.file.name) + "/" + at->if_name);
    text += std::string(at->if_name) + " " + (set == access.group.values.end() ? "0" : set->second);
    text += "\n";
  }
  ::if_freenameindex(interfaces);
  return text;
}

// "INTERFACE PRIORITY"
int write_priority(const Access& access, std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string interface, number;
  std::uint32_t priority = 0;
  words >> interface >> number;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), priority);
  if (error != std::errc()) return EINVAL;  // also for a sign, which istream would take
  if (::if_nametoindex(interface.c_str()) == 0) return ENODEV;
  access.group.values[std::string(access.file.name) + "/" + interface] = std::to_string(priority);
  return 0;
}

// This machine has no such device or resource.
int write_no_device(const Access&, std::string_view) { return ENODEV; }
int write_no_resource(const Access&, std::string_view) { return EINVAL; }

constexpr std::string_view kNumaStat = "total=0 N0=0";
constexpr std::string_view kNumaStatV1 = "total=0 N0=0\nhierarchical_total=0 N0=0";

// PAGE_COUNTER_MAX. Rounded down to huge pages only when somebody writes it.
constexpr std::string_view kNoHugeLimit = "9223372036854771712";

constexpr std::array<ControlFile, 18> kHugetlbFilesV1{{
    {"hugetlb.1GB.failcnt", 0644, "0", read_value, write_ignored},
    {"hugetlb.1GB.limit_in_bytes", 0644, kNoHugeLimit, read_value, write_huge_limit_v1},
    {"hugetlb.1GB.max_usage_in_bytes", 0644, "0", read_value, write_ignored},
    {"hugetlb.1GB.numa_stat", 0444, kNumaStatV1, read_value, nullptr},
    {"hugetlb.1GB.usage_in_bytes", 0444, "0", read_value, nullptr},
    {"hugetlb.1GB.rsvd.failcnt", 0644, "0", read_value, write_ignored},
    {"hugetlb.1GB.rsvd.limit_in_bytes", 0644, kNoHugeLimit, read_value, write_huge_limit_v1},
    {"hugetlb.1GB.rsvd.max_usage_in_bytes", 0644, "0", read_value, write_ignored},
    {"hugetlb.1GB.rsvd.usage_in_bytes", 0444, "0", read_value, nullptr},
    {"hugetlb.2MB.failcnt", 0644, "0", read_value, write_ignored},
    {"hugetlb.2MB.limit_in_bytes", 0644, kNoHugeLimit, read_value, write_huge_limit_v1},
    {"hugetlb.2MB.max_usage_in_bytes", 0644, "0", read_value, write_ignored},
    {"hugetlb.2MB.numa_stat", 0444, kNumaStatV1, read_value, nullptr},
    {"hugetlb.2MB.usage_in_bytes", 0444, "0", read_value, nullptr},
    {"hugetlb.2MB.rsvd.failcnt", 0644, "0", read_value, write_ignored},
    {"hugetlb.2MB.rsvd.limit_in_bytes", 0644, kNoHugeLimit, read_value, write_huge_limit_v1},
    {"hugetlb.2MB.rsvd.max_usage_in_bytes", 0644, "0", read_value, write_ignored},
    {"hugetlb.2MB.rsvd.usage_in_bytes", 0444, "0", read_value, nullptr},
}};

constexpr std::array<ControlFile, 1> kNetClsFiles{{
    {"net_cls.classid", 0644, "0", read_value, write_classid},
}};

constexpr std::array<ControlFile, 2> kNetPrioFiles{{
    {"net_prio.ifpriomap", 0644, "", read_priorities, write_priority},
    {"net_prio.prioidx", 0444, "1", read_value, nullptr},
}};

constexpr std::array<ControlFile, 14> kHugetlbFiles{{
    {"hugetlb.1GB.current", 0444, "0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.1GB.events", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.1GB.events.local", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.1GB.max", 0644, "max", read_value, write_huge_limit, Where::BelowRoot},
    {"hugetlb.1GB.numa_stat", 0444, kNumaStat, read_value, nullptr, Where::BelowRoot},
    {"hugetlb.1GB.rsvd.current", 0444, "0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.1GB.rsvd.max", 0644, "max", read_value, write_huge_limit, Where::BelowRoot},
    {"hugetlb.2MB.current", 0444, "0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.2MB.events", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.2MB.events.local", 0444, "max 0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.2MB.max", 0644, "max", read_value, write_huge_limit, Where::BelowRoot},
    {"hugetlb.2MB.numa_stat", 0444, kNumaStat, read_value, nullptr, Where::BelowRoot},
    {"hugetlb.2MB.rsvd.current", 0444, "0", read_value, nullptr, Where::BelowRoot},
    {"hugetlb.2MB.rsvd.max", 0644, "max", read_value, write_huge_limit, Where::BelowRoot},
}};

constexpr std::array<ControlFile, 2> kRdmaFiles{{
    {"rdma.current", 0444, "", read_text, nullptr, Where::BelowRoot},
    {"rdma.max", 0644, "", read_text, write_no_device, Where::BelowRoot},
}};

constexpr std::array<ControlFile, 6> kMiscFiles{{
    {"misc.capacity", 0444, "", read_text, nullptr, Where::Root},
    {"misc.current", 0444, "", read_text, nullptr},
    {"misc.events", 0444, "", read_text, nullptr, Where::BelowRoot},
    {"misc.events.local", 0444, "", read_text, nullptr, Where::BelowRoot},
    {"misc.max", 0644, "", read_text, write_no_resource, Where::BelowRoot},
    {"misc.peak", 0444, "", read_text, nullptr},
}};

}  // namespace

std::span<const ControlFile> hugetlb_files() { return kHugetlbFilesV1; }
std::span<const ControlFile> net_cls_files() { return kNetClsFiles; }
std::span<const ControlFile> net_prio_files() { return kNetPrioFiles; }
std::span<const ControlFile> v2_hugetlb_files() { return kHugetlbFiles; }
std::span<const ControlFile> rdma_files() { return kRdmaFiles; }
std::span<const ControlFile> misc_files() { return kMiscFiles; }

// A group starts with the class of the one above (cgrp_css_online()).
void prepare_net_cls(Group& group) {
  if (!is_root(group)) {
    group.values["net_cls.classid"] = value_of(*group.parent, "net_cls.classid");
  }
}

// Each group's number is its own. The root keeps the last one.
void prepare_net_prio(Group& group) {
  if (is_root(group)) return;
  Group* root = &group;
  while (!is_root(*root)) root = root->parent;
  std::string& last = root->values.try_emplace("net_prio.prioidx/last", "1").first->second;
  last = std::to_string(std::stoll(last) + 1);
  group.values["net_prio.prioidx"] = last;
}

}  // namespace testbed
