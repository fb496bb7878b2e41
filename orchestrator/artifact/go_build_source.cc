#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/go_toolchain.h"
#include "orchestrator/artifact/sources.h"
#include "orchestrator/base/joined.h"

namespace testbed {
namespace {

// Programs built from Go sources that lie beside their artifact.yaml. Their go.mod and go.sum pin
// every module, and the recipe's key covers the folder's content (recipe.cc).
class GoBuildSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    const fs::path folder = setting(spec, "folder");
    std::error_code error;
    if (!fs::is_directory(folder, error)) return Error{"there is no folder " + folder.string()};
    const GoDriver go = TRY(find_go(context));
    Command build{.argv = arguments(spec, go.program, into), .env = go.env, .cwd = folder};
    build.env["CGO_ENABLED"] = "0";
    build.env["GOTOOLCHAIN"] = setting(spec, "toolchain");
    build.env["GOWORK"] = "off";
    build.env["GOOS"] = build.env["GOARCH"] = "";
    TRY(run_with_progress(build, context));
    return link_names(setting(spec, "links"), into, context.artifact);
  }

 private:
  // Without a folder, `-o` names a directory, and each program in it is named after its package.
  static std::vector<std::string> arguments(const SourceSpec& spec, const fs::path& go,
                                            const fs::path& into) {
    const std::string flags = setting(spec, "ldflags");
    std::vector<std::string> argv = {
        go.string(),       "build",         "-v",       "-trimpath",
        "-buildvcs=false", "-mod=readonly", "-ldflags", flags.empty() ? "-s -w" : "-s -w " + flags};
    for (const auto& [name, flag] : {std::pair{"tags", "-tags"}, {"modfile", "-modfile"}}) {
      const std::string value = setting(spec, name);
      if (!value.empty()) argv.insert(argv.end(), {flag, value});
    }
    argv.insert(argv.end(), {"-o", into.string() + "/"});
    const std::string packages = setting(spec, "packages");
    for (std::string& package : split(packages.empty() ? "." : packages, ','))
      argv.push_back(std::move(package));
    return argv;
  }

  // Further names of a program that acts by its own name, as busybox does.
  static Result<> link_names(const std::string& names, const fs::path& into,
                             const std::string& program) {
    for (const std::string& name : split(names, ',')) {
      std::error_code error;
      fs::create_symlink(program, into / name, error);
      if (error) return errno_error("symlink", into / name, error.value());
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Source> make_go_build_source() { return std::make_unique<GoBuildSource>(); }

}  // namespace testbed
