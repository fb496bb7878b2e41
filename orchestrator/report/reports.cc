#include "orchestrator/report/reports.h"

#include "orchestrator/base/joined.h"
#include "orchestrator/report/formats.h"

namespace testbed {
namespace {

struct Format {
  std::string_view name;
  std::string (*render)(const Run& run, const RenderOptions& options);
  Detail detail = Detail::RedSideChecks;
};

constexpr Format kFormats[] = {
    {"text", render_text},
    {"markdown", render_markdown},
    {"json", render_json, Detail::Everything},
    {"junit", render_junit},
    {"html", render_html, Detail::Everything},
    {"svg", render_svg},
    {"badge", render_badge},
    {"figures", render_figures, Detail::Everything},
};

}  // namespace

std::vector<std::string> report_formats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

Result<std::string> render(std::string_view format, const Run& run, const RenderOptions& options) {
  for (const Format& known : kFormats) {
    if (known.name == format) return known.render(run, options);
  }
  return Error{"there is no report format '" + std::string(format) +
               "'; there are: " + joined(report_formats(), ", ")};
}

Detail detail_of(std::string_view format) {
  for (const Format& known : kFormats) {
    if (known.name == format) return known.detail;
  }
  return Detail::Everything;
}

}  // namespace testbed
