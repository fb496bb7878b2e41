#include <algorithm>
#include <cstdio>

#include "orchestrator/base/printable.h"
#include "orchestrator/base/size.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/summary.h"
#include "orchestrator/report/text_layout.h"

namespace testbed {
namespace {

constexpr std::size_t kGap = 3;  // between columns

// One line of a cell's table: what it says, and where the control's comes in.
using Line = std::vector<std::string>;

// The first attempt that climbed to the top; null: none did.
const Attempt* passed_attempt(const CellView& cell) {
  if (cell.result == nullptr) return nullptr;
  for (const Attempt& attempt : cell.result->attempts) {
    if (attempt.observed == Observed::Pass) return &attempt;
  }
  return nullptr;
}

const CheckResult* find_rung(const Attempt* attempt, const std::string& name) {
  if (attempt == nullptr) return nullptr;
  const auto found =
      std::find_if(attempt->checks.begin(), attempt->checks.end(),
                   [&](const CheckResult& check) { return check.is_rung && check.name == name; });
  return found == attempt->checks.end() ? nullptr : &*found;
}

std::string number(double value, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f%s", value, unit);
  return text;
}

double seconds(microseconds span) { return static_cast<double>(span.count()) / 1e6; }

// " (1.25x)"; empty where there is nothing to compare with.
std::string beside(double value, double control) {
  return control > 0 ? " (" + number(value / control, "x") + ")" : "";
}

std::string time_of(microseconds span, const std::optional<microseconds>& control) {
  return number(seconds(span), " s") + beside(seconds(span), control ? seconds(*control) : 0);
}

Line line_of(const CheckResult& rung, const CheckResult* control) {
  Line line = {printable_line(rung.name)};
  line.push_back(time_of(rung.duration, control ? std::optional(control->duration) : std::nullopt));
  if (!rung.use) return line;
  const bool both = control != nullptr && control->use;
  line.push_back(
      time_of(rung.use->processor, both ? std::optional(control->use->processor) : std::nullopt));
  line.push_back(size_text(rung.use->memory) +
                 beside(static_cast<double>(rung.use->memory),
                        both ? static_cast<double>(control->use->memory) : 0));
  return line;
}

// From the start of the sandbox to the end of the last rung.
Line sum_of(const Attempt& attempt, const Attempt* control) {
  const auto sum = [](const Attempt& of) {
    microseconds total{0};
    for (const CheckResult& check : of.checks)
      if (check.is_rung) total += check.duration;
    return total;
  };
  return {"all rungs",
          time_of(sum(attempt), control ? std::optional(sum(*control)) : std::nullopt)};
}

std::string table(const std::vector<Line>& lines) {
  std::vector<std::size_t> widths;
  for (const Line& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], width_of(line[i]) + kGap);
  }
  std::string out;
  for (const Line& line : lines) {
    std::string text = "  ";
    for (std::size_t i = 0; i < line.size(); ++i)
      text += i + 1 < line.size() ? padded(line[i], widths[i]) : line[i];
    out += text + "\n";
  }
  return out;
}

const CellView* control_of(const CellView& cell, const std::vector<CellView>& cells) {
  const auto found = std::find_if(cells.begin(), cells.end(), [&](const CellView& other) {
    return other.row == cell.row && other.column == "native";
  });
  return found == cells.end() || &*found == &cell ? nullptr : &*found;
}

std::string figures_of(const CellView& cell, const CellView* control) {
  const std::string name = printable_line(cell.row + " on " + cell.column);
  const Attempt* attempt = passed_attempt(cell);
  if (attempt == nullptr) return name + ": no attempt passed\n";
  const Attempt* beside = control == nullptr ? nullptr : passed_attempt(*control);
  std::vector<Line> lines = {{"rung", "time", "processor time", "memory after it"}};
  for (const CheckResult& check : attempt->checks) {
    if (check.is_rung) lines.push_back(line_of(check, find_rung(beside, check.name)));
  }
  lines.push_back(sum_of(*attempt, beside));
  return name + "\n" + table(lines);
}

}  // namespace

std::string render_figures(const Run& run, const RenderOptions&) {
  const std::vector<CellView> cells = cells_of(run);
  std::string out =
      printable_line(run.scenario) + ": what each rung took; in brackets beside native\n";
  out += "run " + printable_line(run.id) + ", " + printable_line(run.provenance.cpu) + ", " +
         std::to_string(run.provenance.cpus) + " processors\n";
  if (const std::string banner = incomplete_banner(run, cells); !banner.empty())
    out += banner + "\n";
  for (const CellView& cell : cells) out += "\n" + figures_of(cell, control_of(cell, cells));
  out +=
      "\nprocessor time and memory are those of all processes of the sandbox, its kernel too; "
      "files on a tmpfs are memory\n";
  return out;
}

}  // namespace testbed
