#include "orchestrator/cli/derived.h"

#include "orchestrator/base/log.h"
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
    if (format == std::string_view("html") && run.planned.size() > kMostCellsOfAPage) continue;
    const auto text = render(format, run, {});
    const auto written =
        text ? write_file_atomically(directory / file, *text) : Result<>(text.error());
    if (!written) log_warning(written.error().message);
  }
}

}  // namespace testbed
