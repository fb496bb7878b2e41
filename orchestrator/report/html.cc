#include <algorithm>
#include <map>
#include <sstream>

#include "orchestrator/report/escape.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/html_parts.h"
#include "orchestrator/report/summary.h"

namespace testbed {
namespace {

constexpr std::size_t kMostHistories = 300;  // more are a table of their own, not a help

std::string text(std::string_view raw) { return for_xml_content(raw); }

std::string element(std::string_view tag, std::string_view content) {
  return "<" + std::string(tag) + ">" + text(content) + "</" + std::string(tag) + ">";
}

// How far up the ladder, in tenths: the heat of a cell.
int heat_of(const Outcome& outcome) {
  return outcome.rungs_total == 0 ? 0 : outcome.rungs_reached * 10 / outcome.rungs_total;
}

std::string class_of(const CellView& cell) {
  return std::string(kind_of(cell.outcome.verdict)) + " h" + std::to_string(heat_of(cell.outcome));
}

void write_head(std::ostream& out, const Run& run, const std::vector<CellView>& cells) {
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing is fetched and nothing from the record runs, whatever it holds.
      << "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      << element("title", run.scenario + " " + run.id) << "\n<style>" << html_parts::kStyle
      << "</style>\n</head>\n<body>\n<header>\n"
      << element("h1", run.scenario) << "\n"
      << element("p", run.question) << "\n";
  const std::string banner = incomplete_banner(run, cells);
  if (!banner.empty()) out << "<p class=\"banner\" role=\"alert\">" << text(banner) << "</p>\n";
  out << element("p", counts_in_words(cells) + "; " + exit_in_words(run)) << "\n"
      << element("p", "run " + run.id + ", " + run.started + "; " + run.provenance.kernel + ", " +
                          run.provenance.cpu)
      << "\n";
  if (const std::string again = second_passes_in_words(run); !again.empty())
    out << element("p", again) << "\n";
  out << "</header>\n" << html_parts::kControls;
}

void write_matrix(std::ostream& out, const std::vector<CellView>& cells) {
  std::map<std::pair<std::string, std::string>, std::size_t> grid;
  for (std::size_t i = 0; i < cells.size(); ++i) grid[{cells[i].row, cells[i].column}] = i;
  const std::vector<std::string> columns = columns_of(cells);
  out << "<main>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Matrix\">\n"
         "<table id=\"matrix\">\n<thead><tr><td></td>";
  for (const std::string& column : columns) out << "<th scope=\"col\">" << text(column) << "</th>";
  out << "</tr></thead>\n<tbody>\n";
  for (const std::string& row : rows_of(cells)) {
    out << "<tr><th scope=\"row\">" << text(row) << "</th>";
    for (const std::string& column : columns) {
      const auto at = grid.find({row, column});
      if (at == grid.end()) {
        out << "<td></td>";
        continue;
      }
      const CellView& cell = cells[at->second];
      out << "<td class=\"" << class_of(cell) << "\"><a href=\"#c" << at->second << "\">"
          << text(cell_words(cell)) << "</a></td>";
    }
    out << "</tr>\n";
  }
  out << "</tbody>\n</table>\n</div>\n" << html_parts::kLegend;
}

// Neighbouring versions on which a row comes to the same.
struct Span {
  const CellView* first;
  const CellView* last;
};

// Of every row, in the order of its versions; cells without a version are not in it.
std::map<std::string, std::vector<Span>> histories_of(const std::vector<CellView>& cells) {
  std::map<std::string, std::vector<const CellView*>> rows;
  for (const CellView& cell : cells) {
    if (find_version_date(cell.column)) rows[cell.row].push_back(&cell);
  }
  std::map<std::string, std::vector<Span>> histories;
  for (auto& [row, line] : rows) {
    std::stable_sort(line.begin(), line.end(),
                     [](const CellView* a, const CellView* b) { return a->place < b->place; });
    std::vector<Span>& spans = histories[row];
    for (const CellView* cell : line) {
      if (!spans.empty() && cell_words(*spans.back().last) == cell_words(*cell)) {
        spans.back().last = cell;
      } else {
        spans.push_back({cell, cell});
      }
    }
  }
  return histories;
}

void write_versions(std::ostream& out, const std::vector<CellView>& cells) {
  const auto histories = histories_of(cells);
  std::size_t told = 0, changing = 0;
  for (const std::string& row : rows_of(cells)) {
    const auto history = histories.find(row);
    if (history == histories.end() || history->second.size() < 2 || ++changing > kMostHistories)
      continue;
    if (told++ == 0) {
      out << "<section aria-labelledby=\"versions\">\n<h2 id=\"versions\">Versions</h2>\n<p>What "
             "changes from one version to the next, the oldest first.</p>\n<div class=\"scroll\" "
             "tabindex=\"0\" role=\"region\" aria-label=\"Versions\">\n<table "
             "class=\"timeline\">\n";
    }
    out << "<tr><th scope=\"row\">" << text(row) << "</th><td><ol>";
    for (const Span& span : history->second) {
      out << "<li class=\"" << class_of(*span.first) << "\">" << text(cell_words(*span.first))
          << "<small>" << text(span.first->column);
      if (span.first != span.last) out << " to " << text(span.last->column);
      out << "</small></li>";
    }
    out << "</ol></td></tr>\n";
  }
  if (told == 0) return;
  out << "</table>\n</div>\n";
  if (changing > told) out << "<p>and " << changing - told << " more rows</p>\n";
  out << "</section>\n";
}

void write_causes(std::ostream& out, const std::vector<CellView>& cells) {
  const std::vector<CauseGroup> causes = causes_of(cells);
  if (causes.empty()) return;
  out << "<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">Causes</h2>\n<dl>\n";
  for (const CauseGroup& group : causes) {
    out << "<dt>" << text(group.cause.signature) << "</dt><dd>" << text(group.cause.summary);
    if (!group.cause.remedy.empty()) out << "<br><b>Remedy</b> " << text(group.cause.remedy);
    if (!group.cells.empty()) out << "<br><b>Ends</b> " << text(listed(group.cells));
    if (!group.checks.empty())
      out << "<br><b>Breaks</b> side checks " << text(in_backticks(group.checks));
    out << "</dd>\n";
  }
  out << "</dl>\n</section>\n";
}

void write_checks(std::ostream& out, const Attempt& attempt) {
  if (attempt.checks.empty()) return;
  out << "<table class=\"checks\"><thead><tr><th scope=\"col\">check</th><th "
         "scope=\"col\">seen</th><th scope=\"col\">ms</th></tr></thead><tbody>\n";
  for (const CheckResult& check : attempt.checks) {
    out << "<tr class=\"" << (is_red(check.observed) ? "red" : "") << "\"><th scope=\"row\">"
        << text(check.name) << (check.is_rung ? "" : " (side)") << "</th><td>"
        << text(name_of(check.observed));
    if (!check.detail.empty()) out << ": " << text(check.detail);
    if (check.cause) out << "<br><b>" << text(check.cause->signature) << "</b>";
    if (!check.command.empty()) out << "<br><code>" << text(check.command) << "</code>";
    out << "</td><td>" << check.duration.count() / 1000 << "</td></tr>\n";
  }
  out << "</tbody></table>\n";
}

void write_second_pass(std::ostream& out, const SecondPass& pass) {
  out << "<h3>Run once more for evidence</h3>\n<dl class=\"again\">\n";
  std::string last;
  for (const auto& [label, words] : account_of(pass)) {
    if (std::exchange(last, label) != label) out << element("dt", label);
    out << element("dd", words) << "\n";
  }
  out << "</dl>\n";
}

// Shown when the address names it, also without scripts.
void write_cell(std::ostream& out, const CellView& cell, std::size_t index) {
  const Outcome& outcome = cell.outcome;
  out << "<article id=\"c" << index << "\" role=\"dialog\" aria-labelledby=\"t" << index
      << "\" tabindex=\"-1\">\n<a class=\"close\" href=\"#matrix\">Close</a>\n<h2 id=\"t" << index
      << "\">" << text(cell.planned->id) << "</h2>\n<p><b>" << text(name_of(outcome.observed))
      << ", " << text(name_of(outcome.verdict)) << "</b>: " << outcome.rungs_reached << " of "
      << outcome.rungs_total << " rungs</p>\n";
  if (!outcome.reason.empty()) out << element("p", outcome.reason) << "\n";
  if (!outcome.expected.empty()) out << element("p", "expected: " + outcome.expected) << "\n";
  if (outcome.cause) {
    const Cause& cause = *outcome.cause;
    out << "<h3>" << text(cause.signature) << "</h3>\n" << element("p", cause.summary) << "\n";
    if (!cause.evidence.empty()) {
      out << "<pre>";
      for (const std::string& line : cause.evidence) out << text(line) << "\n";
      out << "</pre>\n";
    }
    if (!cause.remedy.empty()) out << "<p><b>Remedy</b> " << text(cause.remedy) << "</p>\n";
  }
  if (cell.second_pass != nullptr) write_second_pass(out, *cell.second_pass);
  if (cell.result != nullptr) {
    for (std::size_t i = 0; i < cell.result->attempts.size(); ++i) {
      if (cell.result->attempts.size() > 1) out << "<h3>Attempt " << i + 1 << "</h3>\n";
      write_checks(out, cell.result->attempts[i]);
    }
  }
  out << "</article>\n";
}

}  // namespace

std::string render_html(const Run& run, const RenderOptions&) {
  const std::vector<CellView> cells = cells_of(run);
  std::ostringstream out;
  write_head(out, run, cells);
  write_matrix(out, cells);
  write_versions(out, cells);
  write_causes(out, cells);
  out << "</main>\n";
  for (std::size_t i = 0; i < cells.size(); ++i) write_cell(out, cells[i], i);
  out << "<script>" << html_parts::kScript << "</script>\n</body>\n</html>\n";
  return out.str();
}

}  // namespace testbed
