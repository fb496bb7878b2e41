#pragma once

#include "orchestrator/report/reports.h"

namespace testbed {

// One function a format; reports.cc has the table.
std::string render_text(const Run& run, const RenderOptions& options);
std::string render_markdown(const Run& run, const RenderOptions& options);
std::string render_json(const Run& run, const RenderOptions& options);
std::string render_junit(const Run& run, const RenderOptions& options);
std::string render_svg(const Run& run, const RenderOptions& options);
std::string render_badge(const Run& run, const RenderOptions& options);
std::string render_figures(const Run& run, const RenderOptions& options);
std::string render_html(const Run& run, const RenderOptions& options);

}  // namespace testbed
