#include "orchestrator/cli/derived.h"

#include <unistd.h>

#include "orchestrator/base/log.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/report/reports.h"

namespace testbed {
namespace {

// A browser takes about so many; `report --format html` makes a larger page for who asks.
constexpr std::size_t kMostCellsOfAPage = 10'000;

}  // namespace

void write_derived(const Run& run, const fs::path& directory) {
  for (const auto& [format, file] : {std::pair{"json", "matrix.json"},
                                     {"markdown", "report.md"},
                                     {"html", "report.html"},
                                     {"junit", "junit.xml"}}) {
    if (format == std::string_view("html") && run.planned.size() > kMostCellsOfAPage) {
      log_info("no report.html of " + std::to_string(run.planned.size()) +
               " cells: few browsers bear it; `testbed report --format html` makes one");
      continue;
    }
    const auto text = render(format, run, {});
    const auto written =
        text ? write_file_atomically(directory / file, *text) : Result<>(text.error());
    if (!written) log_warning(written.error().message);
  }
}

int print_matrix(const Run& run, const std::string& format, const fs::path& directory,
                 const RunStatus& status) {
  const auto text = render(
      format, run, {.colour = shows_colour(STDOUT_FILENO), .width = terminal_width(STDOUT_FILENO)});
  if (!text) return fail(kExitInternal, "print the matrix: " + text.error().message);
  if (const int code = print(*text); code != kExitOk) return code;
  log_info("record: " + directory.string());
  log_info("exit " + std::to_string(status.code) + ": " + status.reason);
  return status.code;
}

}  // namespace testbed
