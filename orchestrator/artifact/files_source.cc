#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/sources.h"

namespace testbed {
namespace {

// What lies in a folder beside the artifact's file, as it is: scripts, for instance. The recipe's
// key covers the folder's content (recipe.cc).
class FilesSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    const fs::path folder = setting(spec, "folder");
    std::error_code error;
    if (!fs::is_directory(folder, error)) return Error{"there is no folder " + folder.string()};
    return run_with_progress({.argv = {"cp", "--recursive", "--preserve=mode,links",
                                       (folder / ".").string(), into.string()}},
                             context);
  }
};

}  // namespace

std::unique_ptr<Source> make_files_source() { return std::make_unique<FilesSource>(); }

}  // namespace testbed
