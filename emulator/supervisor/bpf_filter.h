#pragma once

#include <linux/filter.h>

#include <set>
#include <vector>

namespace testbed::supervisor {

struct FilterPlan {
  std::set<int> traced{};       // x86-64 numbers the tracer is asked about
  std::set<int> denied_i386{};  // numbers of 32-bit calls that are unknown (ENOSYS)
  bool everything = false;      // ask about every x86-64 call
  bool untraced_clones = true;  // ask about clone(2) with CLONE_UNTRACED, lest somebody escapes
};

// A seccomp filter: what is planned stops (SECCOMP_RET_TRACE), all else goes through untouched. The
// numbers are searched as a tree, so that a kernel without a cache of decisions (gVisor before
// 20231204) does not compare each call with each of them. Calls of the x32 ABI are unknown
// (ENOSYS): their numbers would be mistaken for others.
std::vector<sock_filter> seccomp_filter(const FilterPlan& plan);

}  // namespace testbed::supervisor
