// What is written to the control files of one group. Nothing but that group may change, and what is
// refused is refused with an errno of Linux.
//
// An input is a byte that names a hierarchy of v1, or beyond those v2; then writes, each behind two
// bytes: which of the group's files, and how many bytes follow.

#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/hierarchy.h"
#include "orchestrator/base/check.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr std::string_view kAllControllers = "+cpuset +cpu +io +memory +hugetlb +pids +rdma +misc";

// Two groups side by side: one is written to, the other looks on.
class Tree {
 public:
  Tree(const Layout& layout, std::size_t root) : hierarchy_(processes_, layout) {
    if (layout.unified) {
      const auto control = hierarchy_.lookup(kTop, "cgroup.subtree_control");
      CHECK(hierarchy_.write(control->id, kAllControllers, 1) == 0, "controllers");
    } else {
      root_ = hierarchy_.list(kTop)->at(root).id;
    }
    CHECK(hierarchy_.make_group(root_, "written", 0755, {}), "group");
    CHECK(hierarchy_.make_group(root_, "bystander", 0755, {}), "group");
    written_ = files_of("written");
  }

  void write(unsigned file, std::string_view text) {
    const int error = hierarchy_.write(written_[file % written_.size()], text, 20);
    CHECK(error == 0 || errno_name(error).find(' ') == std::string::npos, "not an errno");
  }
  std::string text_of(std::string_view group) {
    std::string text;
    for (const NodeId file : files_of(group)) {
      const auto read = hierarchy_.read(file);
      text += read ? *read : errno_name(read.error()) + "\n";
    }
    return text;
  }

 private:
  std::vector<NodeId> files_of(std::string_view group) {
    std::vector<NodeId> files;
    const auto directory = hierarchy_.lookup(root_, group);
    CHECK(directory, "a group that is gone");
    const auto entries = hierarchy_.list(directory->id);
    for (const Entry& entry : *entries) {
      if (!entry.directory) files.push_back(entry.id);
    }
    return files;
  }

  FakeProcesses processes_;
  Hierarchy hierarchy_;
  NodeId root_ = kTop;
  std::vector<NodeId> written_;
};

void run(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto root = static_cast<unsigned char>(bytes.front());
  const bool unified = root >= layout_v1().controllers.size();
  Tree tree(unified ? layout_v2() : layout_v1(), root);
  bytes.remove_prefix(1);
  const std::string before = tree.text_of("bystander");
  while (bytes.size() >= 2) {
    const auto file = static_cast<unsigned char>(bytes[0]);
    const auto size = std::min<std::size_t>(static_cast<unsigned char>(bytes[1]), bytes.size() - 2);
    tree.write(file, bytes.substr(2, size));
    bytes.remove_prefix(2 + size);
  }
  tree.text_of("written");
  CHECK(tree.text_of("bystander") == before, "another group was changed");
}

}  // namespace
}  // namespace testbed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  testbed::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
