#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/root_tree.h"
#include "orchestrator/artifact/sources.h"

namespace testbed {
namespace {

// Copied, because the cache must stay what it was while its owner changes the original. Special
// files such as sockets are left out afterwards, other file systems at once.
Result<> copy(const fs::path& from, const fs::path& to, const ObtainContext& context) {
  const Command command{.argv = {"cp", "--archive", "--one-file-system", "--reflink=auto",
                                 from.string(), to.string()},
                        .env = {},
                        .cwd = {}};
  return run_with_progress(command, context);
}

class PathSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    const fs::path path = setting(spec, "path");
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return Error{path.string() + " does not exist"};
    if (context.is_root_filesystem) return copy_root(path, into, context);
    if (fs::is_directory(status)) return copy(path / ".", into, context);
    return copy(fs::canonical(path, error), into / context.artifact, context);
  }

 private:
  static Result<> copy_root(const fs::path& path, const fs::path& into,
                            const ObtainContext& context) {
    if (path.lexically_normal() == "/") {
      return Error{"the machine's own root is not copied: use the source host-root"};
    }
    TRY(make_directories(into / "rootfs"));
    TRY(copy(path / ".", into / "rootfs", context));
    return tidy_root_filesystem(into / "rootfs");
  }
};

// The machine's root is recorded, never copied: rootfs is a link to it. So its digest says that it
// is a host's root, not which; what the host is stands in the provenance of each run.
class HostRootSource : public Source {
 public:
  Result<> obtain(const SourceSpec&, const fs::path& into, const ObtainContext&) override {
    std::error_code error;
    fs::create_directory_symlink("/", into / "rootfs", error);
    if (error) return errno_error("symlink", into / "rootfs", error.value());
    return {};
  }
};

}  // namespace

std::unique_ptr<Source> make_path_source() { return std::make_unique<PathSource>(); }
std::unique_ptr<Source> make_host_root_source() { return std::make_unique<HostRootSource>(); }

}  // namespace testbed
