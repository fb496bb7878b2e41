#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/files.h"

namespace testbed {

// What lstat(2) says about a tree. Links are not followed.
struct TreeFacts {
  // Changes with every change of content, mode or name, because nobody can set a ctime; also
  // when nothing of that changed, say in a copy of the tree. So an equal stamp says "the same
  // as before", and a different one "read it all again".
  std::string stamp;
  std::uint64_t bytes = 0;  // on disk
};
Result<TreeFacts> look_at_tree(const fs::path& root);

}  // namespace testbed
