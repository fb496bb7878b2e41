#include "orchestrator/artifact/tree.h"

#include <cerrno>

#include "orchestrator/base/sha512.h"
#include "orchestrator/base/tree_walk.h"

namespace testbed {
namespace {

struct Listing {
  std::string text;
  std::uint64_t bytes = 0;
};

void add(Listing& listing, const fs::path& relative, const struct stat& status) {
  listing.bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
  listing.text += relative.string() + '\0';
  for (const auto number :
       {static_cast<std::int64_t>(status.st_mode), static_cast<std::int64_t>(status.st_size),
        static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_mtim.tv_sec),
        static_cast<std::int64_t>(status.st_mtim.tv_nsec),
        static_cast<std::int64_t>(status.st_ctim.tv_sec),
        static_cast<std::int64_t>(status.st_ctim.tv_nsec)}) {
    listing.text += std::to_string(number) + ' ';
  }
  listing.text += '\n';
}

}  // namespace

Result<TreeFacts> look_at_tree(const fs::path& root) {
  struct stat status {};
  if (::lstat(root.c_str(), &status) != 0) return errno_error("stat", root, errno);
  Listing listing;
  // The root itself counts only if it is a file: a directory's own times change when it is renamed
  // into its place.
  if (!S_ISDIR(status.st_mode)) add(listing, root.filename(), status);
  const auto add_entry = [&](const fs::path& relative, const struct stat& entry) -> Result<> {
    add(listing, relative, entry);
    return {};
  };
  if (S_ISDIR(status.st_mode)) TRY(walk_tree(root, add_entry));
  return TreeFacts{.stamp = sha512_of(listing.text), .bytes = listing.bytes};
}

}  // namespace testbed
