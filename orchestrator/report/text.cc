#include <algorithm>
#include <map>

#include "orchestrator/base/printable.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/summary.h"
#include "orchestrator/report/text_layout.h"

namespace testbed {
namespace {

constexpr std::size_t kIndent = 14;  // of explanations, behind their label
constexpr std::size_t kGap = 2;      // between columns

// SGR: red needs attention, yellow is known or not decided, green is well.
const char* colour_of(const Outcome& outcome) {
  if (is_unexpected(outcome.verdict)) return "31";
  return outcome.verdict == Verdict::Ok ? "32" : "33";
}

const char* meaning_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
    case Verdict::None:
      return "";
    case Verdict::Xfail:
      return "failed as expected";
    case Verdict::XfailChanged:
      return "failed, but elsewhere or otherwise than expected";
    case Verdict::Xpass:
      return "passed where failure was expected";
    case Verdict::Unexpected:
      return "failed where nothing of the kind was expected";
    case Verdict::Flaky:
      return "attempts disagree";
    case Verdict::Inconclusive:
      return "the test bed, the scenario or the control is at fault";
  }
  return "";
}

class TextReport {
 public:
  TextReport(const Run& run, const RenderOptions& options)
      : run_(run),
        options_(options),
        width_(static_cast<std::size_t>(std::max(options.width, 40))),
        cells_(cells_of(run)) {}

  std::string write() {
    add_head();
    add_matrix();
    add_legend();
    add_unexpected();
    add_second_passes();
    add_causes();
    add_side_checks();
    add_not_judged();
    add_foot();
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { out_ += text + "\n"; }
  void title(const std::string& text) { line("\n" + in_colour("1", text)); }
  void explain(const std::string& label, const std::string& text, std::size_t indent = kIndent) {
    out_ += hanging(label, indent, printable(text), width_);
  }
  std::string in_colour(const char* colour, const std::string& text) const {
    return options_.colour ? "\x1b[" + std::string(colour) + "m" + text + "\x1b[0m" : text;
  }

  void add_head() {
    if (!run_.question.empty()) {
      out_ += hanging(in_colour("1", printable_line(run_.scenario)) + ":",
                      width_of(run_.scenario) + 2, printable(run_.question), width_);
    }
    line(printable_line("run " + run_.id + (run_.started.empty() ? "" : ", " + run_.started)));
    add_banner();
    line("");
  }

  void add_banner() {
    const std::string banner = incomplete_banner(run_, cells_);
    if (!banner.empty()) line(in_colour("31", printable_line(banner)));
  }

  void add_matrix() {
    const std::vector<std::string> columns = columns_of(cells_);
    for (const CellView& cell : cells_) grid_[{cell.row, cell.column}] = &cell;
    std::size_t label = 0;
    for (const std::string& row : rows_of(cells_))
      label = std::max(label, width_of(printable_line(row)));
    for (std::size_t first = 0; first < columns.size();) {
      if (first > 0) line("");
      first = add_block(columns, first, label);
    }
  }

  // As many columns as fit; returns the first that does not.
  std::size_t add_block(const std::vector<std::string>& columns, std::size_t first,
                        std::size_t label) {
    std::vector<std::size_t> widths;
    std::size_t total = label, last = first;
    for (; last < columns.size(); ++last) {
      const std::size_t width = width_of_column(columns[last]);
      if (last > first && total + kGap + width > width_) break;
      total += kGap + width;
      widths.push_back(width);
    }
    std::string head(label, ' ');
    for (std::size_t i = first; i < last; ++i)
      head += std::string(kGap, ' ') + padded(printable_line(columns[i]), widths[i - first]);
    line(trimmed(head));
    std::string rule;
    for (std::size_t i = 0; i < total; ++i) rule += options_.unicode ? "\u2500" : "-";
    line(rule);
    for (const std::string& row : rows_of(cells_)) {
      std::string text = padded(printable_line(row), label);
      for (std::size_t i = first; i < last; ++i)
        text += std::string(kGap, ' ') + padded(shown(row, columns[i]), widths[i - first]);
      line(trimmed(text));
    }
    return last;
  }

  std::size_t width_of_column(const std::string& column) const {
    std::size_t width = width_of(printable_line(column));
    for (const CellView& cell : cells_) {
      if (cell.column == column)
        width = std::max(width, width_of(printable_line(cell_words(cell))));
    }
    return width;
  }

  std::string shown(const std::string& row, const std::string& column) const {
    const auto found = grid_.find({row, column});
    if (found == grid_.end()) return options_.unicode ? "\u00b7" : ".";
    return in_colour(colour_of(found->second->outcome), printable_line(cell_words(*found->second)));
  }

  static std::string trimmed(const std::string& text) {
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }

  void add_legend() {
    std::string legend = "highest rung reached, rungs passed of all";
    if (!red_side_checks(cells_).empty()) legend += "; * a side check is red";
    for (const Verdict verdict : {Verdict::Xfail, Verdict::XfailChanged, Verdict::Xpass,
                                  Verdict::Unexpected, Verdict::Flaky, Verdict::Inconclusive}) {
      const bool occurs = std::any_of(cells_.begin(), cells_.end(), [&](const CellView& cell) {
        return cell.outcome.verdict == verdict;
      });
      if (occurs) legend += "; " + std::string(name_of(verdict)) + ": " + meaning_of(verdict);
    }
    line("");
    for (const std::string& text : wrapped(legend, width_)) line(text);
  }

  void add_unexpected() {
    bool any = false;
    for (const CellView& cell : cells_) {
      if (!is_unexpected(cell.outcome.verdict)) continue;
      if (!std::exchange(any, true)) title("Not as expected");
      line("  " + in_colour("31", printable_line(listed({&cell}))) + ": " +
           std::string(name_of(cell.outcome.verdict)));
      explain("    seen", cell.outcome.reason);
      if (!cell.outcome.expected.empty()) explain("    expected", cell.outcome.expected);
    }
  }

  void add_second_passes() {
    if (run_.second_passes.empty()) return;
    title("Run once more for evidence");
    for (const CellView& cell : cells_) {
      if (cell.second_pass == nullptr) continue;
      line("  " + in_colour("1", printable_line(listed({&cell}))));
      for (const auto& [label, text] : account_of(*cell.second_pass))
        explain("    " + label, text, kIndent + 2);
    }
  }

  void add_causes() {
    const std::vector<CauseGroup> groups = causes_of(cells_);
    if (!groups.empty()) title("Causes");
    for (const CauseGroup& group : groups) {
      line("  " + in_colour("1", printable_line(group.cause.signature)));
      if (!group.cells.empty()) explain("    ends", listed(group.cells));
      if (!group.checks.empty()) explain("    breaks", "side checks " + in_backticks(group.checks));
      explain("    because", group.cause.summary);
      if (!group.cause.remedy.empty()) explain("    remedy", group.cause.remedy);
    }
  }

  void add_side_checks() {
    // By check, then by what it came to: one line for many cells.
    std::map<std::pair<std::string, std::string>, std::vector<const CellView*>> by_check;
    for (const SideCheck& side : red_side_checks(cells_)) {
      const std::string words =
          std::string(name_of(side.check->verdict)) + ", " +
          (side.check->cause ? side.check->cause->signature : side.check->detail);
      by_check[{side.check->name, words}].push_back(side.cell);
    }
    if (!by_check.empty()) title("Red side checks");
    for (const auto& [key, cells] : by_check)
      explain("  " + printable_line(key.first), key.second + ": " + listed(cells), kIndent + 4);
  }

  // Skipped, broken by the test bed, or inconclusive: with the reason, never silently.
  void add_not_judged() {
    std::map<std::pair<std::string, std::string>, std::vector<const CellView*>> by_reason;
    for (const CellView& cell : cells_) {
      const Outcome& outcome = cell.outcome;
      if (!has_ended(cell)) continue;
      if (outcome.verdict != Verdict::None && outcome.verdict != Verdict::Inconclusive) continue;
      by_reason[{std::string(name_of(outcome.observed)), outcome.reason}].push_back(&cell);
    }
    if (!by_reason.empty()) title("Without a verdict on the thing under test");
    for (const auto& [key, cells] : by_reason)
      explain("  " + key.first, key.second + " (" + listed(cells) + ")");
  }

  void add_foot() {
    line("");
    add_banner();
    line(counts_in_words(cells_));
    if (const std::string again = second_passes_in_words(run_); !again.empty()) line(again);
    line(exit_in_words(run_));
  }

  const Run& run_;
  const RenderOptions& options_;
  const std::size_t width_;
  const std::vector<CellView> cells_;
  std::map<std::pair<std::string, std::string>, const CellView*> grid_;
  std::string out_;
};

}  // namespace

std::string render_text(const Run& run, const RenderOptions& options) {
  return TextReport(run, options).write();
}

}  // namespace testbed
