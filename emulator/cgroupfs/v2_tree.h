#pragma once

#include <gtest/gtest.h>

#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/hierarchy.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {

// A tree of v2 for tests, by paths and the names of errnos. It has a group "pod" that has all
// controllers.
class V2Tree : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(write("cgroup.subtree_control", kAll), "OK");
    ASSERT_EQ(mkdir("pod"), "OK");
  }
  NodeId id(std::string_view path) {
    NodeId node = kTop;
    while (!path.empty()) {
      const auto slash = std::min(path.find('/'), path.size());
      const auto found = tree_.lookup(node, path.substr(0, slash));
      if (!found) return 0;
      node = found->id;
      path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return node;
  }
  static std::string outcome(int error) { return error == 0 ? "OK" : errno_name(error); }
  static std::pair<std::string_view, std::string_view> split(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
  }
  std::string mkdir(std::string_view path) {
    const auto [parent, name] = split(path);
    return outcome(tree_.make_group(id(parent), name, 0755, {}).error());
  }
  std::string rmdir(std::string_view path) {
    const auto [parent, name] = split(path);
    return outcome(tree_.remove_group(id(parent), name));
  }
  std::string write(std::string_view path, std::string_view text, pid_t caller = 1) {
    return outcome(tree_.write(id(path), text, caller));
  }
  std::string read(std::string_view path) {
    const auto text = tree_.read(id(path));
    return text ? *text : errno_name(text.error());
  }
  // What a write makes of the file, or its errno.
  std::string after(std::string_view path, std::string_view text) {
    const std::string result = write(path, text);
    return result == "OK" ? read(path) : result;
  }

  static constexpr std::string_view kAll = "+cpuset +cpu +io +memory +hugetlb +pids +rdma +misc";
  FakeProcesses processes_;
  Hierarchy tree_{processes_, layout_v2()};
};

}  // namespace testbed
