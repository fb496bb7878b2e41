#include "orchestrator/report/findings.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/grid.h"
#include "orchestrator/report/text.h"
#include "orchestrator/report/words.h"

namespace testbed {
namespace {

// Text as it is: nothing in it formats, ends a table cell, is HTML or calls somebody by @name.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '@') {
      out += "&#64;";
    } else {
      if (std::string_view("|\\`*_[]>#~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string line_of(const std::vector<std::string>& entries) {
  std::string out = "|";
  for (const std::string& entry : entries) out += " " + entry + " |";
  return out + "\n";
}

std::string entry_of(const Run& run, const PlannedCell* cell) {
  if (cell == nullptr) return "";
  const CellResult* result = run.find(cell->id);
  const std::string words = escaped(cell_words(result));
  return needs_attention(result) ? "**" + words + "**" : words;
}

std::string matrix(const Run& run) {
  const Grid grid = grid_of(run);
  if (grid.rows.empty()) return "";
  std::vector<std::string> heading;
  for (const std::string& axis : grid.row_axes) heading.push_back(escaped(axis));
  for (const std::string& sandbox : grid.columns) heading.push_back(escaped(sandbox));
  std::string out = "\n" + line_of(heading);
  out += line_of(std::vector<std::string>(heading.size(), "---"));
  for (const Grid::Row& row : grid.rows) {
    std::vector<std::string> entries;
    for (const std::string& label : row.labels) entries.push_back(escaped(label));
    for (const PlannedCell* cell : row.cells) entries.push_back(entry_of(run, cell));
    out += line_of(entries);
  }
  return out;
}

std::string item(const Finding& finding) {
  std::string out = "- **" + escaped(finding.title) + "**";
  if (!finding.summary.empty()) out += ": " + escaped(finding.summary);
  if (!finding.remedy.empty()) out += " *Remedy:* " + escaped(finding.remedy);
  out += "\n";
  for (const std::string& line : place_lines(finding)) out += "  - " + escaped(line) + "\n";
  return out;
}

std::string section(const std::string& title, const std::vector<Finding>& findings) {
  if (findings.empty()) return "";
  std::string out = "\n#### " + title + "\n\n";
  for (const Finding& finding : findings) out += item(finding);
  return out;
}

}  // namespace

std::string markdown_report(const Run& run, const RenderOptions&) {
  const std::string incomplete = incomplete_words(run);
  std::string out = "### " + escaped(run.scenario) + ": " + escaped(run.question) + "\n";
  if (!incomplete.empty()) out += "\n**" + incomplete + "**\n";
  out += matrix(run);
  out += section("Causes", ladder_findings(run));
  out += section("Side checks", side_check_findings(run));
  out += section("Skipped", skips(run));
  out += "\n" + count_words(run) + "; " + exit_words(run) + ". ";
  return out + "Run " + escaped(run.id) + "\n";
}

}  // namespace testbed
