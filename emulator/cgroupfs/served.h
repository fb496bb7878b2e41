#pragma once

#include <mutex>

#include "emulator/cgroupfs/hierarchy.h"

namespace testbed {

// A hierarchy that several threads serve at once, and its open files.
class Served final : public FileTree {
 public:
  explicit Served(const Processes& processes, const Layout& layout = layout_v1())
      : Served(processes, plan_of(layout)) {}
  Served(const Processes& processes, const TreePlan& plan, bool report_only = false)
      : hierarchy_(processes, plan, report_only) {}

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
  Reply<unsigned> poll(NodeId file, std::uint64_t handle, Wake wake) override;
  int write(NodeId file, std::uint64_t handle, std::string_view text,
            const Caller& caller) override;
  void write_answered() override;

  // Looks at the files of events that anybody has opened; those that changed since the last look
  // wake who polls them. Their paths, from the top.
  std::vector<std::string> changed_events();
  // Written to such a file it does nothing, and whoever watches it with inotify is told.
  const std::string& token() const { return token_; }

  // /proc/PID/cgroup and /proc/cgroups, as the kernel prints them.
  Reply<std::string> proc_cgroup(pid_t id);
  std::string proc_cgroups();

 private:
  struct OpenFile {
    NodeId node;
    Caller opener;
    std::uint64_t serial;  // of the group
    std::optional<std::string> text{};
    std::uint64_t seen_event = 0;  // of poll: none is seen before the first read
  };
  struct Watched {
    std::string text;
    std::uint64_t serial;  // of the group
    std::uint64_t event = 1;
    std::map<std::uint64_t, Wake> waiting{};  // by handle
  };

  static std::string make_token();
  void watch(const Node& node);
  OpenFile* find_open(std::uint64_t handle);
  bool is_dead(const Reply<Node>& node, const OpenFile* opened) const;
  Attributes attributes_of(const Node& node) const;
  Reply<Attributes> attributes_of(const Reply<Node>& node) const;

  std::mutex mutex_;
  Hierarchy hierarchy_;
  std::uint64_t last_handle_ = 0;
  std::map<std::uint64_t, OpenFile> open_;
  std::map<NodeId, Watched> watched_;
  std::string token_ = make_token();
};

}  // namespace testbed
