#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "emulator/cgroupfs/group.h"

namespace testbed {

// Processes that one which was moved makes with CLONE_PARENT, as runc makes the first process of a
// container: /proc names the parent of their maker as theirs, while the kernel has them in the
// group of the maker. They are told by what they have open: a socket or pipe that the maker had and
// its parent had not can only have come from the maker.
class Siblings {
 public:
  // `maker`, a child of `parent`, entered `to`. The latest 64 are remembered, also when they ended.
  void moved(const Processes& processes, pid_t maker, pid_t parent, Group& root, Group& to);
  // Whether nobody was moved whose children could be taken for siblings.
  bool none() const { return makers_.empty(); }
  // The group of `root` that a new child of `parent` was born into by the word of its open files;
  // null if they say nothing.
  Group* place_of(const Processes& processes, pid_t pid, pid_t parent, const Group& root) const;
  void parent_ended(pid_t parent);
  void forget(const Group& group);

 private:
  struct Maker {
    pid_t pid, parent;
    std::set<std::string> own{};  // what it had open and its parent had not
    std::map<const Group*, Group*> places{};
  };
  std::deque<Maker> makers_;
};

}  // namespace testbed
