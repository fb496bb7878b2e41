#include "orchestrator/cli/comparison_view.h"

#include <sstream>

#include "orchestrator/base/printable.h"
#include "orchestrator/report/escape.h"

namespace testbed {
namespace {

std::string place_of(const Difference& difference) {
  return difference.check.empty() ? difference.cell
                                  : difference.cell + " (check " + difference.check + ")";
}

std::string what_happened(const Difference& difference) {
  if (!difference.why.empty()) return difference.why;
  if (difference.before.empty()) return difference.after;
  if (difference.after.empty()) return "was " + difference.before;
  return difference.before + " -> " + difference.after;
}

}  // namespace

std::string comparison_counts(const Comparison& comparison) {
  std::string text;
  for (const Change change : kChanges) {
    const auto found = comparison.counts.find(change);
    if (found == comparison.counts.end() || found->second == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(found->second) + " " +
            std::string(name_of(change));
  }
  return text.empty() ? "nothing to compare" : text;
}

std::string comparison_text(const Comparison& comparison) {
  std::ostringstream out;
  out << "before  " << comparison.before << "\nafter   " << comparison.after << "\n\n";
  std::optional<Change> section;
  for (const Difference& difference : comparison.differences) {
    if (section != difference.change) {
      out << name_of(difference.change) << "\n";
      section = difference.change;
    }
    out << "  " << place_of(difference) << "\n      " << what_happened(difference) << "\n";
  }
  if (section) out << "\n";
  if (!comparison.circumstances.empty()) {
    out << "what else differs\n";
    for (const std::string& other : comparison.circumstances) out << "  " << other << "\n";
    out << "\n";
  }
  out << comparison_counts(comparison) << "\n";
  return printable(out.str());
}

std::string comparison_markdown(const Comparison& comparison) {
  std::ostringstream out;
  out << "**" << for_markdown(comparison_counts(comparison))
      << "**: " << for_markdown(comparison.before) << " → " << for_markdown(comparison.after)
      << "\n";
  if (!comparison.differences.empty()) out << "\n| change | cell | |\n| --- | --- | --- |\n";
  for (const Difference& difference : comparison.differences) {
    out << "| " << name_of(difference.change) << " | " << for_markdown(place_of(difference))
        << " | " << for_markdown(what_happened(difference)) << " |\n";
  }
  if (!comparison.circumstances.empty()) out << "\nWhat else differs:\n\n";
  for (const std::string& other : comparison.circumstances) {
    out << "- " << for_markdown(other) << "\n";
  }
  return out.str();
}

json::object comparison_json(const Comparison& comparison) {
  json::object counts;
  for (const auto& [change, count] : comparison.counts) counts[name_of(change)] = count;
  json::array differences;
  for (const Difference& difference : comparison.differences) {
    json::object row{{"change", name_of(difference.change)}, {"cell", difference.cell}};
    for (const auto& [key, text] : {std::pair{"check", &difference.check},
                                    {"before", &difference.before},
                                    {"after", &difference.after},
                                    {"why", &difference.why}}) {
      if (!text->empty()) row[key] = *text;
    }
    differences.push_back(std::move(row));
  }
  return {{"schema", "testbed-comparison-1"},
          {"before", comparison.before},
          {"after", comparison.after},
          {"counts", std::move(counts)},
          {"differences", std::move(differences)},
          {"circumstances",
           json::array(comparison.circumstances.begin(), comparison.circumstances.end())}};
}

}  // namespace testbed
