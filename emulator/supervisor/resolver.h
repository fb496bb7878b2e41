#pragma once

#include <string>
#include <string_view>

#include "emulator/supervisor/path_map.h"

namespace testbed::supervisor {

// What stands at a path when it is read as a symbolic link.
struct LinkRead {
  enum class Kind {
    NotALink,
    Missing,  // or it cannot be looked at
    Link,     // `target` is the text of the link
    Jump,     // a link of procfs that leads to an object: `target` is the object's path,
              // or empty when it has none (a pipe, a deleted file, another root)
  };
  Kind kind = Kind::NotALink;
  std::string target{};
};

// The file system as the walk needs it. Paths are canonical.
class FileView {
 public:
  FileView() = default;
  FileView(const FileView&) = delete;
  FileView& operator=(const FileView&) = delete;
  virtual ~FileView() = default;
  virtual LinkRead read_link(const std::string& path) = 0;
};

struct Walk {
  std::string_view root = "/";   // of the process: absolute links and ".." end there
  std::string_view start = "/";  // where a relative path starts, as the kernel knows it
  std::string_view path{};
  bool follow_last = true;
  bool slash_follows = true;  // the last link is followed all the same if a slash ends the path
};

struct Resolution {
  enum class Kind {
    Natural,     // the kernel gets to the same place without help
    Redirected,  // it has to be given `kept`
    Unknown,     // the walk ended at an object without a path, or in a loop: the kernel's affair
  };
  Kind kind = Kind::Unknown;
  std::string shown{};  // canonical, as the process is to believe it
  std::string kept{};   // where the kernel finds it; ends in a slash if the path did
};

// Walks a path as path_resolution(7) tells, with each redirect like a mount at its `from`: it hides
// what is there, and ".." from its top leads to the parent of `from`.
Resolution resolve(const PathMap& map, FileView& files, const Walk& walk);

}  // namespace testbed::supervisor
