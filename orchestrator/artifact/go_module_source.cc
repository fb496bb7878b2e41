#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/go_toolchain.h"
#include "orchestrator/artifact/sources.h"

namespace testbed {
namespace {

// "golang.org/x/tool/v2" builds "tool", as go does.
std::string program_of(const std::string& package) {
  fs::path path(package);
  std::string name = path.filename().string();
  const bool major = name.size() > 1 && name[0] == 'v' &&
                     name.find_first_not_of("0123456789", 1) == std::string::npos;
  return major && path.has_parent_path() ? path.parent_path().filename().string() : name;
}

// Where gVisor keeps the text that `runsc --version` prints: package main until early 2023,
// runsc/version since. A linker ignores a variable that does not exist, so that this does no harm
// to other programs.
std::string linker_flags(const SourceSpec& spec, const std::string& label) {
  return "-s -w -X main.version=" + label + " -X " + setting(spec, "package") +
         "/version.version=" + label;
}

class GoModuleSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    const GoDriver go = TRY(find_go(context));
    Command build{.argv = {go.program.string(), "install", "-v", "-trimpath", "-ldflags",
                           linker_flags(spec, context.label),
                           setting(spec, "package") + "@" + setting(spec, "version")},
                  .env = go.env,
                  .cwd = {}};
    build.env["CGO_ENABLED"] = "0";
    build.env["GOTOOLCHAIN"] = setting(spec, "toolchain");
    build.env["GOFLAGS"] = build.env["GOFLAGS"] + " -mod=mod";
    build.env["GOBIN"] = into.string();
    build.env["GOOS"] = build.env["GOARCH"] = "";
    TRY(run_with_progress(build, context));
    return rename_to_artifact(into, program_of(setting(spec, "package")), context.artifact);
  }

 private:
  static Result<> rename_to_artifact(const fs::path& into, const std::string& built,
                                     const std::string& wanted) {
    std::error_code error;
    if (built != wanted) fs::rename(into / built, into / wanted, error);
    if (error) return errno_error("rename", into / built, error.value());
    return {};
  }
};

}  // namespace

std::unique_ptr<Source> make_go_module_source() { return std::make_unique<GoModuleSource>(); }

}  // namespace testbed
