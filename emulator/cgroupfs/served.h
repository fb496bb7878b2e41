#pragma once

#include <mutex>

#include "emulator/cgroupfs/hierarchy.h"

namespace testbed {

// A hierarchy that several threads serve at once, and its open files.
class Served final : public FileTree {
 public:
  explicit Served(const Processes& processes, const Layout& layout = layout_v1())
      : Served(processes, plan_of(layout)) {}
  Served(const Processes& processes, const TreePlan& plan) : hierarchy_(processes, plan) {}

  Reply<Attributes> lookup(NodeId directory, std::string_view name) override;
  Reply<Attributes> attributes(NodeId id) override;
  Reply<Attributes> change(NodeId id, const AttributeChange& change) override;
  Reply<std::vector<Entry>> list(NodeId directory) override;
  Reply<std::string> read_link(NodeId id) override;
  Reply<Attributes> make_group(NodeId parent, std::string_view name, mode_t mode,
                               const Caller& caller) override;
  int remove_group(NodeId parent, std::string_view name) override;
  int rename(NodeId from, std::string_view name, NodeId to, std::string_view new_name) override;
  int unlink(NodeId parent, std::string_view name) override;
  int refuse(NodeId parent, std::string_view name, int refusal) override;
  int check_access(NodeId id, int mask, const Caller& caller) override;
  std::string node_path(NodeId id) override;
  Reply<std::uint64_t> open(NodeId file, const Caller& opener) override;
  void close(std::uint64_t handle) override;
  Reply<std::string> read(NodeId file, std::uint64_t handle, std::uint64_t offset, std::size_t size,
                          const Caller& caller) override;
  int write(NodeId file, std::uint64_t handle, std::string_view text,
            const Caller& caller) override;

  // /proc/PID/cgroup and /proc/cgroups, as the kernel prints them.
  Reply<std::string> proc_cgroup(pid_t id);
  std::string proc_cgroups();

 private:
  Attributes attributes_of(const Node& node) const;
  Reply<Attributes> attributes_of(const Reply<Node>& node) const;

  std::mutex mutex_;
  Hierarchy hierarchy_;
  std::uint64_t last_handle_ = 0;
  std::map<std::uint64_t, std::optional<std::string>> open_;
};

}  // namespace testbed
