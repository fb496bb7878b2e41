#include <algorithm>
#include <cctype>
#include <functional>
#include <map>

#include "orchestrator/report/escape.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/summary.h"

namespace testbed {
namespace {

// An id between two backticks: where it is none that we give, what could end them is gone.
std::string in_code(std::string_view raw) {
  std::string text(raw);
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
  };
  std::replace_if(text.begin(), text.end(), std::not_fn(is_plain), '_');
  return text;
}

// GitHub refuses a step summary of more than 1 MiB; what comes last gives way.
constexpr std::size_t kLargest = 1'000'000;

const char* mark_of(const Outcome& outcome) {
  if (is_unexpected(outcome.verdict)) return "\u274c ";
  if (outcome.verdict == Verdict::Ok) return "\u2705 ";
  if (outcome.verdict == Verdict::Xfail) return "\U0001f7e1 ";
  return "\u26aa ";
}

std::string head_of(const Run& run, const std::vector<CellView>& cells) {
  std::string text = "## " + for_markdown(run.scenario) + "\n\n";
  if (!run.question.empty()) text += for_markdown(run.question) + "\n\n";
  const std::string banner = incomplete_banner(run, cells);
  if (!banner.empty()) text += "**" + for_markdown(banner) + "**\n\n";
  return text + for_markdown(counts_in_words(cells)) + "; " + for_markdown(exit_in_words(run)) +
         ". Run `" + in_code(run.id) + "`.\n";
}

std::string second_passes_of(const Run& run, const std::vector<CellView>& cells) {
  std::string text;
  for (const CellView& cell : cells) {
    if (cell.second_pass == nullptr) continue;
    text += "- **" + for_markdown(listed({&cell})) +
            "**: " + for_markdown(in_words(*cell.second_pass)) + "\n";
    if (const auto& difference = cell.second_pass->difference)
      text += "  - " + for_markdown(in_words(*difference)) + "\n";
  }
  return text.empty() ? ""
                      : "### Run once more for evidence\n\n" +
                            for_markdown(second_passes_in_words(run)) + ".\n\n" + text;
}

std::string matrix_of(const std::vector<CellView>& cells) {
  std::map<std::pair<std::string, std::string>, const CellView*> grid;
  for (const CellView& cell : cells) grid[{cell.row, cell.column}] = &cell;
  const std::vector<std::string> columns = columns_of(cells);
  std::string head = "| |", rule = "|---|", body;
  for (const std::string& column : columns) {
    head += " " + for_markdown(column) + " |";
    rule += "---|";
  }
  for (const std::string& row : rows_of(cells)) {
    body += "| " + for_markdown(row) + " |";
    for (const std::string& column : columns) {
      const auto at = grid.find({row, column});
      if (at == grid.end()) {
        body += " |";
        continue;
      }
      const CellView& cell = *at->second;
      body += " " + std::string(mark_of(cell.outcome)) + for_markdown(cell_words(cell)) + " |";
    }
    body += "\n";
  }
  return head + "\n" + rule + "\n" + body;
}

std::string unexpected_of(const std::vector<CellView>& cells) {
  std::string text;
  for (const CellView& cell : cells) {
    if (!is_unexpected(cell.outcome.verdict)) continue;
    text += "- **" + for_markdown(listed({&cell})) +
            "**: " + for_markdown(name_of(cell.outcome.verdict)) + ". " +
            for_markdown(cell.outcome.reason);
    if (!cell.outcome.expected.empty())
      text += ". Expected: " + for_markdown(cell.outcome.expected);
    text += "\n";
  }
  return text.empty() ? "" : "### Not as expected\n\n" + text;
}

std::string causes_section(const std::vector<CellView>& cells) {
  std::string text;
  for (const CauseGroup& group : causes_of(cells)) {
    text +=
        "- **" + for_markdown(group.cause.signature) + "**: " + for_markdown(group.cause.summary);
    if (!group.cause.remedy.empty()) text += " *Remedy:* " + for_markdown(group.cause.remedy);
    if (!group.cells.empty()) text += "\n  - ends " + for_markdown(listed(group.cells));
    if (!group.checks.empty())
      text += "\n  - breaks side checks: " + for_markdown(in_backticks(group.checks));
    text += "\n";
  }
  return text.empty() ? "" : "### Causes\n\n" + text;
}

std::string side_checks_section(const std::vector<CellView>& cells) {
  std::string text;
  for (const SideCheck& side : red_side_checks(cells)) {
    text += "| " + for_markdown(side.check->name) + " | " + for_markdown(listed({side.cell})) +
            " | " + for_markdown(name_of(side.check->verdict)) + " | " +
            for_markdown(side.check->detail) + " |\n";
  }
  return text.empty() ? ""
                      : "### Red side checks\n\n| check | cell | verdict | seen |\n"
                        "|---|---|---|---|\n" +
                            text;
}

std::string not_judged_section(const std::vector<CellView>& cells) {
  std::string text;
  for (const CellView& cell : cells) {
    const Verdict verdict = cell.outcome.verdict;
    if (!has_ended(cell) || (verdict != Verdict::None && verdict != Verdict::Inconclusive))
      continue;
    text += "- " + for_markdown(listed({&cell})) + ": " +
            for_markdown(name_of(cell.outcome.observed)) + ", " +
            for_markdown(cell.outcome.reason) + "\n";
  }
  return text.empty() ? "" : "### Without a verdict on the thing under test\n\n" + text;
}

}  // namespace

std::string render_markdown(const Run& run, const RenderOptions&) {
  const std::vector<CellView> cells = cells_of(run);
  std::string text = head_of(run, cells);
  for (const std::string& section :
       {unexpected_of(cells), second_passes_of(run, cells), matrix_of(cells), causes_section(cells),
        side_checks_section(cells), not_judged_section(cells)}) {
    if (section.empty()) continue;
    if (text.size() + section.size() > kLargest) {
      text += "\nA part is left out here: it is too large for a step summary.\n";
    } else {
      text += "\n" + section;
    }
  }
  return text;
}

}  // namespace testbed
