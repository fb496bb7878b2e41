#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {

namespace fs = std::filesystem;

// Error text that names what was done, the object and errno: "open /x: ENOENT (No such file or
// directory)".
Error errno_error(std::string_view doing, const fs::path& path, int error);

// At most `limit` bytes; a longer file is an error.
Result<std::string> read_file(const fs::path& path, std::size_t limit = std::size_t{64} << 20);

// Up to `limit` bytes from `offset`; a file that is shorter or absent gives what there is.
std::string read_part(const fs::path& path, std::size_t offset, std::size_t limit);

// Readers see the old content or the new, never a part: temporary name, fsync, rename.
Result<> write_file_atomically(const fs::path& path, std::string_view content);

// For files nobody reads before they are complete.
Result<> write_file(const fs::path& path, std::string_view content);

// All bytes, also when write(2) takes only some of them.
Result<> write_all(int fd, std::string_view bytes);

Result<UniqueFd> open_file(const fs::path& path, int flags, unsigned mode = 0644);
Result<> make_directories(const fs::path& path);

// Removes a tree without crossing a mount point and without following links. An absent tree is no
// error.
Result<> remove_tree(const fs::path& path);

// Sorted names of a directory; empty when it cannot be read.
std::vector<std::string> list_directory(const fs::path& path);

// First executable of that name in PATH; empty when there is none.
fs::path find_program(std::string_view name);

}  // namespace testbed
