#include "orchestrator/sandbox/runsc_needs.h"

namespace testbed {
namespace {

bool wants_fuse(const RunscWish& wish) { return wish.fuse; }
bool wants_cgroups(const RunscWish& wish) { return wish.cgroup_mount; }
bool wants_network(const RunscWish& wish) { return wish.network == "sandbox"; }
bool always(const RunscWish&) { return true; }

struct Row {
  const char* versions;
  bool (*when)(const RunscWish&);
  const char* flag;  // null: the tmpfs over /proc/sys/net
  const char* because;
};

constexpr Row kRows[] = {
    {"<20221212", wants_fuse, "--fuse", "FUSE is on by default since then"},
    {"<20231218", wants_cgroups, "--cgroupfs", "an OCI mount of type cgroup decides since then"},
    {"<20240807", wants_network, nullptr,
     "it looks into /proc/sys/net of the host, which newer kernels fill even in a new namespace"},
    {">=20230522 <20231001", wants_network, "--directfs=false",
     "its gofer cannot mount proc while a part of /proc is covered"},
    {">=20190529", wants_network, "--net-raw", "tools such as ping and iptables need CAP_NET_RAW"},
    {">=20220103", always, "--ignore-cgroups",
     "the host's groups are the control's business, not gVisor's"},
};

}  // namespace

RunscNeeds needs_of(const RunscWish& wish) {
  RunscNeeds needs;
  for (const Row& row : kRows) {
    const auto range = VersionRange::parse(row.versions);
    CHECK(range.has_value(), "the table of needs has valid ranges");
    if (!range->contains(wish.version) || !row.when(wish)) continue;
    if (row.flag == nullptr)
      needs.hides_proc_sys_net = true;
    else
      needs.flags.emplace_back(row.flag);
  }
  return needs;
}

}  // namespace testbed
