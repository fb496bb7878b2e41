#include <array>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {
namespace {

void prepare_nothing(Group&) {}
int anybody_may_attach(const Group&) { return 0; }
int any_process_may_attach(Group&, Machine&) { return 0; }
int any_group_may_be_made(const Group&) { return 0; }

}  // namespace

const Layout& layout_v1() {
  static const std::array<Controller, 15> kControllers{{
      {"blkio", blkio_files(), prepare_nothing, anybody_may_attach},
      {"cpu", cpu_files(), prepare_cpu, anybody_may_attach},
      {"cpuacct", cpuacct_files(), prepare_nothing, anybody_may_attach},
      {"cpuset", cpuset_files(), prepare_cpuset, cpuset_may_attach},
      {"devices", devices_files(), prepare_devices, anybody_may_attach},
      {"freezer", freezer_files(), prepare_nothing, anybody_may_attach},
      {"memory", memory_files(), prepare_memory, anybody_may_attach},
      {"pids", pids_files(), prepare_nothing, anybody_may_attach},
      {"systemd", {}, prepare_nothing, anybody_may_attach},  // a named hierarchy: no controller
      {"hugetlb", hugetlb_files(), prepare_nothing, anybody_may_attach},
      {"net_cls", net_cls_files(), prepare_net_cls, anybody_may_attach},
      {"net_prio", net_prio_files(), prepare_net_prio, anybody_may_attach},
      {"perf_event", {}, prepare_nothing, anybody_may_attach},  // has no files
      {"rdma", rdma_files(), prepare_nothing, anybody_may_attach},
      {"misc", misc_files(), prepare_nothing, anybody_may_attach},
  }};
  static const Layout kLayout{.name = "v1",
                              .unified = false,
                              .core = core_files(),
                              .controllers = kControllers,
                              .prepare = prepare_v1,
                              .may_make = any_group_may_be_made,
                              .may_attach = any_process_may_attach};
  return kLayout;
}

const Layout& layout_v2() {
  // In the order of linux/cgroup_subsys.h, which is that of cgroup.controllers.
  static const std::array<Controller, 8> kControllers{{
      {"cpuset", v2_cpuset_files(), prepare_nothing, anybody_may_attach, true},
      {"cpu", v2_cpu_files(), prepare_nothing, anybody_may_attach, true},
      {"io", v2_io_files(), prepare_nothing, anybody_may_attach},
      {"memory", v2_memory_files(), prepare_nothing, anybody_may_attach},
      {"hugetlb", v2_hugetlb_files(), prepare_nothing, anybody_may_attach},
      {"pids", v2_pids_files(), prepare_nothing, anybody_may_attach, true},
      {"rdma", rdma_files(), prepare_nothing, anybody_may_attach},
      {"misc", misc_files(), prepare_nothing, anybody_may_attach},
  }};
  static const Layout kLayout{.name = "v2",
                              .unified = true,
                              .core = v2_core_files(),
                              .controllers = kControllers,
                              .prepare = prepare_nothing,
                              .may_make = v2_may_make,
                              .may_attach = v2_may_attach};
  return kLayout;
}

const Layout* find_layout(std::string_view name) {
  for (const Layout* layout : {&layout_v1(), &layout_v2()}) {
    if (layout->name == name) return layout;
  }
  return nullptr;
}

}  // namespace testbed
