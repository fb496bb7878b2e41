#pragma once

#include <span>
#include <string>

// A system call that takes a path, as the conformance table tries it.
namespace conformance {

// Where a path begins: `fd` is AT_FDCWD or an open directory.
struct Path {
  int fd;
  const char* text;
};

// What came of a call: its errno by name, or "ok" with what could be observed of the object.
using Answer = std::string;

struct PathCall {
  const char* name;
  bool takes_fd;        // one of the *at calls
  bool changes;         // the tree has to be made anew afterwards
  bool on_a_directory;  // makes sense on a directory only
  Answer (*make)(const Path& path);
};

std::span<const PathCall> path_calls();

}  // namespace conformance
