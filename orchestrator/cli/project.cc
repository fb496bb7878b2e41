#include "orchestrator/cli/project.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "orchestrator/base/log.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/loader/catalog_loader.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

bool is_project(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path / "scenarios", error) && fs::is_directory(path / "images", error);
}

fs::path from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value ? fs::absolute(value) : fs::path();
}

Result<fs::path> find_root(const fs::path& own) {
  if (const fs::path chosen = from_environment("TESTBED_HOME"); !chosen.empty()) {
    if (is_project(chosen)) return chosen;
    return Error{"TESTBED_HOME=" + chosen.string() + " holds no scenarios/ and images/"};
  }
  std::error_code error;
  for (fs::path path = fs::current_path(error); !error; path = path.parent_path()) {
    if (is_project(path)) return path;
    if (path == path.parent_path()) break;
  }
  const fs::path installed = own.parent_path() / "share" / "testbed";
  if (is_project(installed)) return installed;
  return Error{"no scenarios/ and images/ here or above: go to the checkout, or set TESTBED_HOME"};
}

}  // namespace

Result<Project> find_project() {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path root = TRY(find_root(own));
  const fs::path results = from_environment("TESTBED_RESULTS");
  return Project{.root = root,
                 .results = results.empty() ? root / "results" : results,
                 .programs = own.parent_path() / "libexec" / "testbed"};
}

int print_problems(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) log_info(problem.text());
  log_info("testbed: " + std::to_string(problems.size()) +
           (problems.size() == 1 ? " problem" : " problems"));
  return kExitBadInput;
}

int fail(int code, const std::string& message) {
  log_info("testbed: failed to " + message);
  return code;
}

std::optional<Catalog> load_project_catalog(const Project& project, int& code) {
  Loaded<Catalog> catalog = load_catalog(project.root);
  if (!catalog.problems.empty()) code = print_problems(catalog.problems);
  return std::move(catalog.value);
}

std::optional<Scenario> load_project_scenario(const Project& project, const Catalog& catalog,
                                              const std::string& name, int& code) {
  std::error_code error;
  fs::path file = name;
  if (!fs::exists(file, error) && name.find('/') == std::string::npos) {
    file = project.root / "scenarios" / (name + (name.ends_with(".yaml") ? "" : ".yaml"));
  }
  if (!fs::exists(file, error)) {
    code = fail(kExitNoInput,
                "read " + name + ": no such file; `testbed list scenarios` shows what there is");
    return std::nullopt;
  }
  Loaded<Scenario> scenario = load_scenario(file, catalog);
  if (!scenario.problems.empty()) code = print_problems(scenario.problems);
  return std::move(scenario.value);
}

std::optional<Run> load_run(const Project& project, const std::string& name, int& code,
                            Detail detail) {
  const auto directory = find_run(project.results, name);
  if (!directory) {
    code = fail(kExitNoInput, "find run " + name + ": " + directory.error().message);
    return std::nullopt;
  }
  Result<Run> run = read_run(*directory, detail);
  if (!run) {
    code = fail(kExitBadInput, "read run " + name + ": " + run.error().message);
    return std::nullopt;
  }
  for (const std::string& missing : run->missing) log_warning(missing);
  return std::move(*run);
}

int print(const std::string& text) {
  if (auto written = write_all(STDOUT_FILENO, text); !written)
    return fail(kExitIo, written.error().message);
  return kExitOk;
}

bool shows_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(fd) && (no_colour == nullptr || *no_colour == '\0') && terminal &&
         std::string_view(terminal) != "dumb";
}

int terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 120;
}

}  // namespace testbed
