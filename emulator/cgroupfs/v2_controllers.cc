// The small controllers: hugetlb, rdma and misc.
#include <array>
#include <cerrno>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr std::uint64_t k2MB = std::uint64_t{1} << 21, k1GB = std::uint64_t{1} << 30;

// In huge pages of the file's own size.
int write_huge_limit(const Access& access, std::string_view text) {
  const bool small = access.file.name.find(".2MB.") != std::string_view::npos;
  const auto limit = parse_limit(text, small ? k2MB : k1GB);
  return limit ? store(access, *limit) : limit.error();
}

// This machine has no such device or resource.
int write_no_device(const Access&, std::string_view) { return ENODEV; }
int write_no_resource(const Access&, std::string_view) { return EINVAL; }

constexpr std::string_view kNumaStat = "total=0 N0=0";

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

std::span<const ControlFile> v2_hugetlb_files() { return kHugetlbFiles; }
std::span<const ControlFile> rdma_files() { return kRdmaFiles; }
std::span<const ControlFile> misc_files() { return kMiscFiles; }

}  // namespace testbed
