#include "orchestrator/artifact/go_toolchain.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "orchestrator/artifact/command.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"

namespace testbed {
namespace {

constexpr int kFirstWithToolchains = 21;
// What an older go is made to fetch as its successor; any version from 1.21 on would do.
constexpr std::string_view kDriverModule = "golang.org/toolchain@v0.0.1-go1.26.3.linux-";

std::vector<fs::path> candidates() {
  std::vector<fs::path> programs = {find_program("go"), "/usr/local/go/bin/go"};
  for (const std::string& name : list_directory("/usr/lib")) {
    if (name.rfind("go", 0) == 0) programs.push_back(fs::path("/usr/lib") / name / "bin/go");
  }
  std::erase_if(programs,
                [](const fs::path& program) { return ::access(program.c_str(), X_OK) != 0; });
  return programs;
}

std::map<std::string, std::string> environment(const ObtainContext& context) {
  if (std::getenv("HOME") || std::getenv("GOPATH")) return {};
  return {{"GOPATH", (context.scratch / "gopath").string()},
          {"GOCACHE", (context.scratch / "gocache").string()},
          {"GOFLAGS", "-modcacherw"}};
}

int minor_version_of(const fs::path& program, const ObtainContext& context) {
  auto env = environment(context);
  env["GOTOOLCHAIN"] = "local";
  const auto output =
      run_command({.argv = {program.string(), "version"}, .env = env, .cwd = context.scratch},
                  context.deadline.sooner(std::chrono::seconds(20)), context.stop);
  return output ? go_minor_version(output->out) : 0;
}

// What go itself does on the first use of a toolchain (cmd/go/internal/toolchain/select.go): a
// module's files carry no execute bits and it may not hold a second go.mod under that name.
Result<> make_usable(const fs::path& root) {
  std::error_code error;
  const auto executable = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  for (const fs::path& folder : {root / "bin", root / "pkg/tool"}) {
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      fs::permissions(entry->path(), executable, fs::perm_options::add, error);
      if (error) return errno_error("chmod", entry->path(), error.value());
    }
  }
  const fs::path hidden = root / "src/_go.mod", shown = root / "src/go.mod";
  if (fs::exists(shown, error) || !fs::exists(hidden, error)) return {};
  fs::permissions(root / "src", fs::perms::owner_write, fs::perm_options::add, error);
  return write_file_atomically(shown, TRY(read_file(hidden)));
}

// A current go, fetched and checked against the checksum database by the old one.
Result<GoDriver> fetch_driver(const fs::path& old_go, const ObtainContext& context) {
  const std::string machine = host::facts().machine == "aarch64" ? "arm64" : "amd64";
  const std::string module = std::string(kDriverModule) + machine;
  if (context.progress) context.progress("fetching a current go: " + module);
  auto env = environment(context);
  const std::string output =
      TRY(must_succeed({.argv = {old_go.string(), "mod", "download", "-json", module},
                        .env = env,
                        .cwd = context.scratch},
                       context.deadline, context.stop));
  const json::value answer = TRY(parse_json(output));
  const fs::path root = answer.is_object() ? text_or(answer.as_object(), "Dir") : "";
  if (root.empty()) return Error{"go mod download named no directory for " + module};
  TRY(make_usable(root));
  return GoDriver{.program = root / "bin/go", .env = std::move(env)};
}

}  // namespace

int go_minor_version(std::string_view version_line) {
  const std::size_t at = version_line.find(" go1.");
  if (at == std::string_view::npos) return 0;
  return std::atoi(std::string(version_line.substr(at + 5, 4)).c_str());
}

Result<GoDriver> find_go(const ObtainContext& context) {
  fs::path old_go;
  for (const fs::path& program : candidates()) {
    const int minor = minor_version_of(program, context);
    if (minor >= kFirstWithToolchains) {
      return GoDriver{.program = program, .env = environment(context)};
    }
    if (minor > 0 && old_go.empty()) old_go = program;
  }
  if (old_go.empty()) {
    return Error{
        "needs go: apt-get install golang-go (one older than 1.21 fetches a newer one itself), or "
        "go 1.21 or newer from https://go.dev/dl in /usr/local/go"};
  }
  auto driver = fetch_driver(old_go, context);
  if (driver) return driver;
  return Error{old_go.string() + " is older than go 1.21 and could not fetch a newer one (" +
               driver.error().message +
               "); install go 1.21 or newer from https://go.dev/dl in /usr/local/go"};
}

}  // namespace testbed
