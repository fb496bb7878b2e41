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

using Line = std::vector<std::string>;  // of a cell's table

// What a cell's attempts that climbed to the top say of one rung: the medians.
struct Figures {
  double seconds = 0;
  double processor = 0, memory = 0;  // seconds and bytes; 0: not known
};

using Attempts = std::vector<const Attempt*>;

Attempts passed_attempts(const CellView* cell) {
  Attempts passed;
  if (cell == nullptr || cell->result == nullptr) return passed;
  for (const Attempt& attempt : cell->result->attempts) {
    if (attempt.observed == Observed::Pass) passed.push_back(&attempt);
  }
  return passed;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double in_seconds(microseconds span) { return static_cast<double>(span.count()) / 1e6; }

Figures figures_of_rung(const Attempts& attempts, const std::string& name) {
  std::vector<double> times, processor, memory;
  for (const Attempt* attempt : attempts) {
    for (const CheckResult& check : attempt->checks) {
      if (!check.is_rung || check.name != name) continue;
      times.push_back(in_seconds(check.duration));
      if (!check.use) continue;
      processor.push_back(in_seconds(check.use->processor));
      memory.push_back(static_cast<double>(check.use->memory));
    }
  }
  return {median(times), median(processor), median(memory)};
}

// From the start of the sandbox to the end of the last rung.
Figures figures_of_all(const Attempts& attempts) {
  std::vector<double> times;
  for (const Attempt* attempt : attempts) {
    microseconds total{0};
    for (const CheckResult& check : attempt->checks)
      if (check.is_rung) total += check.duration;
    times.push_back(in_seconds(total));
  }
  return {.seconds = median(times)};
}

std::string number(double value, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f%s", value, unit);
  return text;
}

// " (1.25x)"; empty where there is nothing to compare with.
std::string beside(double value, double control) {
  return control > 0 ? " (" + number(value / control, "x") + ")" : "";
}

Line line_of(const std::string& name, const Figures& own, const Figures& control) {
  Line line = {printable_line(name),
               number(own.seconds, " s") + beside(own.seconds, control.seconds)};
  if (own.memory == 0) return line;
  line.push_back(number(own.processor, " s") + beside(own.processor, control.processor));
  line.push_back(size_text(static_cast<std::uint64_t>(own.memory)) +
                 beside(own.memory, control.memory));
  return line;
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
  const Attempts own = passed_attempts(&cell), beside = passed_attempts(control);
  if (own.empty()) return name + ": no attempt passed\n";
  std::vector<Line> lines = {{"rung", "time", "processor time", "memory after it"}};
  for (const std::string& rung : cell.planned->rungs)
    lines.push_back(line_of(rung, figures_of_rung(own, rung), figures_of_rung(beside, rung)));
  lines.push_back(line_of("all rungs", figures_of_all(own), figures_of_all(beside)));
  const std::string attempts =
      own.size() > 1 ? ", medians of " + std::to_string(own.size()) + " attempts" : "";
  return name + attempts + "\n" + table(lines);
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
