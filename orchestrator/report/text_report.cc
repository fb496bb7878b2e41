#include <algorithm>

#include "orchestrator/report/findings.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/grid.h"
#include "orchestrator/report/text.h"
#include "orchestrator/report/words.h"

namespace testbed {
namespace {

constexpr std::size_t kGap = 2;       // between the columns of a table
constexpr std::size_t kNarrow = 40;   // prose is never put into less
constexpr std::size_t kKeyWidth = 8;  // of "cells", "what", "remedy"

struct Entry {
  std::string text;
  const char* colour = "";  // SGR parameters; empty: plain
};
using Table = std::vector<std::vector<Entry>>;

const char* colour_of(const CellResult* result) {
  if (is_pending(result)) return "33";
  if (needs_attention(result)) return "31";
  return result->outcome.verdict == Verdict::Ok ? "32" : "33";
}

// A column for each row axis, then one for each sandbox.
Table sandboxes_as_columns(const Run& run, const Grid& grid) {
  Table table(1);
  for (const std::string& axis : grid.row_axes) table[0].push_back({one_line(axis), ""});
  for (const std::string& sandbox : grid.columns) table[0].push_back({one_line(sandbox), ""});
  for (const Grid::Row& row : grid.rows) {
    std::vector<Entry>& line = table.emplace_back();
    for (const std::string& label : row.labels) line.push_back({one_line(label), ""});
    for (const PlannedCell* cell : row.cells) {
      const CellResult* result = cell ? run.find(cell->id) : nullptr;
      line.push_back(cell ? Entry{cell_words(result), colour_of(result)} : Entry{"", ""});
    }
  }
  return table;
}

// Rows and columns exchanged: each row axis is a line of the heading.
Table transposed(const Table& table) {
  Table turned(table.empty() ? 0 : table[0].size());
  for (const auto& line : table) {
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i].push_back(line[i]);
  }
  return turned;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& line : table) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(line[i].text));
    }
  }
  return widths;
}

std::size_t total_width(const Table& table) {
  std::size_t total = 0;
  for (const std::size_t width : widths_of(table)) total += width + kGap;
  return total < kGap ? 0 : total - kGap;
}

std::string render_line(const std::vector<Entry>& line, const std::vector<std::size_t>& widths,
                        bool colour) {
  std::string out;
  std::size_t missing = 0;  // blanks before the next text; none at the end of a line
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Entry& entry = line[i];
    if (!entry.text.empty()) {
      out.append(missing, ' ');
      missing = 0;
      const bool coloured = colour && *entry.colour != '\0';
      out += coloured ? "\033[" + std::string(entry.colour) + "m" + entry.text + "\033[0m"
                      : entry.text;
    }
    missing += widths[i] - columns_of(entry.text) + kGap;
  }
  return out + "\n";
}

std::string matrix(const Run& run, const RenderOptions& options) {
  const Grid grid = grid_of(run);
  if (grid.rows.empty()) return "";
  Table table = sandboxes_as_columns(run, grid);
  if (total_width(table) > static_cast<std::size_t>(std::max(options.width, 0))) {
    const Table turned = transposed(table);
    if (total_width(turned) < total_width(table)) table = turned;
  }
  std::string out = "\n";
  const auto widths = widths_of(table);
  for (const auto& line : table) out += render_line(line, widths, options.colour);
  return out;
}

// "  key     text", the text wrapped below itself.
std::string keyed(const std::string& key, const std::string& text, const RenderOptions& options) {
  const auto width = static_cast<std::size_t>(std::max(options.width, 0));
  const std::size_t indent = 2 + kKeyWidth;
  std::string out;
  for (const std::string& line : wrapped(text, std::max(width, kNarrow + indent) - indent)) {
    out += padded(out.empty() ? "  " + key : "", indent) + line + "\n";
  }
  return out;
}

std::string block(const Finding& finding, const RenderOptions& options) {
  std::string out = "\n" + one_line(finding.title) + "\n";
  std::string key = "where";
  for (const std::string& line : place_lines(finding)) {
    out += keyed(std::exchange(key, ""), line, options);
  }
  return out + keyed("what", finding.summary, options) + keyed("remedy", finding.remedy, options);
}

std::string section(const std::string& title, const std::vector<Finding>& findings,
                    const RenderOptions& options) {
  std::string out;
  for (const Finding& finding : findings) out += block(finding, options);
  return out.empty() ? "" : "\n" + title + "\n" + out;
}

}  // namespace

std::string text_report(const Run& run, const RenderOptions& options) {
  const std::string incomplete = incomplete_words(run);
  std::string out = one_line(run.id) + ": " + one_line(run.question) + "\n";
  if (!incomplete.empty()) out += incomplete + "\n";
  out += matrix(run, options);
  out += section("CAUSES", ladder_findings(run), options);
  out += section("SIDE CHECKS", side_check_findings(run), options);
  out += section("SKIPPED", skips(run), options);
  return out + "\n" + count_words(run) + "\n" + exit_words(run) + "\n";
}

}  // namespace testbed
