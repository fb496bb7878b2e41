#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/sources.h"

namespace testbed {
namespace {

Result<fs::path> only_package(const fs::path& folder) {
  for (const std::string& name : list_directory(folder)) {
    if (name.ends_with(".deb")) return folder / name;
  }
  return Error{"apt-get left no package in " + folder.string()};
}

class DebianSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    TRY(require_program("apt-get", "apt"));
    TRY(require_program("dpkg", "dpkg"));
    const std::string wanted = setting(spec, "package") + "=" + setting(spec, "version");
    // A download needs no installation, and apt's own user could not write to our folder.
    const Command download{
        .argv = {"apt-get", "download", "--option", "APT::Sandbox::User=root", wanted},
        .env = {{"LC_ALL", "C"}},
        .cwd = {}};
    if (auto done = run_with_progress(download, context); !done) {
      return Error{done.error().message +
                   "\nif the version is not found: apt-get update, or add the Debian release that "
                   "has it to the machine's sources"};
    }
    const fs::path unpacked = context.scratch / "unpacked";
    const Command unpack{.argv = {"dpkg", "--extract", TRY(only_package(context.scratch)).string(),
                                  unpacked.string()},
                         .env = {},
                         .cwd = {}};
    TRY(run_with_progress(unpack, context));
    return take_program(unpacked / fs::path(setting(spec, "file")).relative_path(),
                        into / context.artifact);
  }

 private:
  static Result<> take_program(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error) return errno_error("copy", from, error.value());
    return {};
  }
};

}  // namespace

std::unique_ptr<Source> make_debian_source() { return std::make_unique<DebianSource>(); }

}  // namespace testbed
