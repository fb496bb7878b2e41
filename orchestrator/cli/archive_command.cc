// archive: a recorded run as one file.
#include <CLI/CLI.hpp>
#include <memory>

#include "orchestrator/base/log.h"
#include "orchestrator/base/printable.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/record/archive_reader.h"
#include "orchestrator/record/archive_writer.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

struct Options {
  std::string run = "latest";
  std::string output;  // a file, or a folder for RUN.tar.zst
  bool verify = false;
};

fs::path output_of(const Options& options, const fs::path& directory) {
  const std::string name = directory.filename().string() + kArchiveSuffix;
  std::error_code error;
  if (options.output.empty()) return name;
  return fs::is_directory(options.output, error) ? options.output / fs::path(name)
                                                 : fs::path(options.output);
}

int verify(const Project& project, const std::string& name) {
  const auto file = find_run(project.results, name);
  if (!file) return fail(kExitNoInput, "find run " + name + ": " + file.error().message);
  std::error_code error;
  if (!fs::is_regular_file(*file, error))
    return fail(kExitUsage, "verify " + name + ": it is a folder, not an archive");
  const auto check = check_archive(*file);
  if (!check) return fail(kExitBadInput, "verify: " + check.error().message);
  for (const std::string& problem : check->problems) log_warning(problem);
  if (!check->problems.empty()) return kExitBadInput;
  if (!check->has_sums)
    return fail(kExitUnavailable, "verify " + file->string() + ": it is older than checksums are");
  return print(file->string() + ": " + std::to_string(check->files) + " files as archived\n");
}

int archive_run(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  if (options.verify) return verify(*project, options.run);
  int code = kExitOk;
  const auto run = load_run(*project, options.run, code, Detail::RedSideChecks);
  if (!run) return code;
  std::error_code error;
  const fs::path directory = fs::canonical(run->directory, error);
  if (error || !fs::is_directory(directory, error))
    return fail(kExitUsage, "archive " + options.run + ": it is an archive already");
  if (!run->complete) log_warning(run->id + " is not complete, and its archive is not either");
  const fs::path file = output_of(options, directory);
  const auto summary = write_archive(directory, file);
  if (!summary) return fail(kExitCannotCreate, summary.error().message);
  for (const std::string& name : summary->left_out)
    log_warning("left out, since it is no readable file: " + printable_line(name));
  return print(file.string() + "\n");
}

}  // namespace

Action declare_archive(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("run", options->run, "id, unique prefix, path or latest")->capture_default_str();
  app.add_option("--output,-o", options->output, "a file, or a folder for it [RUN.tar.zst here]");
  app.add_flag("--verify", options->verify, "hold an archive against its checksums instead");
  app.footer(
      "Example: testbed archive latest --output matrices/\n"
      "Prints the archive's name. It is read wherever a run is named: testbed report RUN.tar.zst");
  return [options] { return archive_run(*options); };
}

}  // namespace testbed
