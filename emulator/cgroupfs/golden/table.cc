#include "emulator/cgroupfs/golden/table.h"

#include <algorithm>
#include <memory>

namespace testbed::golden {
namespace {

struct Counts {
  std::size_t equal = 0, intent = 0, mistake = 0, unknown = 0;

  void add(Verdict verdict) {
    ++(verdict == Verdict::Equal       ? equal
       : verdict == Verdict::ByIntent  ? intent
       : verdict == Verdict::ByMistake ? mistake
                                       : unknown);
  }
  // "25", "22 + 3 by intent"; nothing where nothing was compared.
  std::string text() const {
    if (equal + intent + mistake == 0) return "";
    std::string result = std::to_string(equal);
    if (intent != 0) result += " + " + std::to_string(intent) + "i";
    if (mistake != 0) result += " + **" + std::to_string(mistake) + "!**";
    return result;
  }
};

std::string row_text(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

std::string rule(std::size_t columns) {
  std::string text = "|";
  for (std::size_t i = 0; i < columns; ++i) text += i == 0 ? " --- |" : " ---: |";
  return text + "\n";
}

std::string summary(const Table& table) {
  std::string text = row_text({"target", "compared", "equal", "by intent", "by mistake"}) + rule(5);
  for (const Comparison& each : table.comparisons) {
    const std::size_t equal = each.count(Verdict::Equal), intent = each.count(Verdict::ByIntent),
                      mistake = each.count(Verdict::ByMistake);
    const bool judged = is_judged(each.target);
    text += row_text({each.target, std::to_string(equal + intent + mistake), std::to_string(equal),
                      judged ? std::to_string(intent) : "",
                      judged ? std::to_string(mistake)
                             : std::to_string(intent + mistake) + " differ (not judged)"});
  }
  return text;
}

std::string reasons_table(const Table& table) {
  std::string text =
      row_text({"reason", "why", "rows", "targets"}) + "| --- | --- | ---: | --- |\n";
  for (const auto& [name, why] : table.reasons.texts) {
    std::size_t rows = 0;
    std::string targets;
    for (const Comparison& each : table.comparisons) {
      const auto count = static_cast<std::size_t>(std::count_if(
          each.judgements.begin(), each.judgements.end(),
          [&, reason = name](const Judgement& judgement) {
            return judgement.verdict == Verdict::ByIntent && judgement.reason == reason;
          }));
      if (count == 0) continue;
      rows += count;
      targets += (targets.empty() ? "" : ", ") + each.target;
    }
    text += row_text({name, why, std::to_string(rows), targets});
  }
  return text;
}

constexpr std::array kKinds{
    std::pair{Kind::Read, "read"}, std::pair{Kind::Accepted, "writes accepted"},
    std::pair{Kind::Refused, "writes refused"}, std::pair{Kind::Attributes, "attributes"},
    std::pair{Kind::Names, "names"}};

std::string file_table(const Table& table, const std::string& layout) {
  const std::string part = "-" + layout + "-";
  std::vector<std::string> header{"file", "reference"};
  const auto of_layout = [&](const Comparison& each) {
    return (each.target + "-").find("-" + layout + "-") != std::string::npos;
  };
  for (const auto& [kind, name] : kKinds) header.emplace_back(name);
  for (const Comparison& each : table.comparisons) {
    if (of_layout(each)) header.push_back(each.target);
  }
  std::string text = row_text(header) + rule(header.size());
  std::vector<std::string> files;
  for (const Section& section : table.scripts.at(layout).sections) {
    for (const Operation& operation : section.operations) {
      if (std::find(files.begin(), files.end(), operation.file) == files.end()) {
        files.push_back(operation.file);
      }
    }
  }
  for (const std::string& file : files) {
    std::map<Kind, Counts> kinds;
    std::vector<Counts> targets;
    std::string source;
    for (const Comparison& each : table.comparisons) {
      if (!of_layout(each)) continue;
      Counts counts;
      for (const Judgement& judgement : each.judgements) {
        if (judgement.operation->file != file) continue;
        counts.add(judgement.verdict);
        // By kind, of the emulator alone: what comes between is in the columns of the targets.
        if (each.target.starts_with("core")) kinds[judgement.kind].add(judgement.verdict);
        const auto found = table.references.at(layout).find(judgement.operation->id);
        if (found.recording != nullptr) source = found.recording->kernel;
      }
      targets.push_back(counts);
    }
    if (source.empty()) continue;
    std::vector<std::string> cells{"`" + file + "`", source};
    for (const auto& [kind, name] : kKinds) cells.push_back(kinds[kind].text());
    std::size_t at = 0;
    for (const Comparison& each : table.comparisons) {
      if (!of_layout(each)) continue;
      const Counts& counts = targets[at++];
      const std::size_t all = counts.equal + counts.intent + counts.mistake;
      cells.push_back(is_judged(each.target)
                          ? counts.text()
                          : std::to_string(counts.equal) + " of " + std::to_string(all));
    }
    text += row_text(cells);
  }
  return text;
}

}  // namespace

bool is_judged(const std::string& target) { return !target.starts_with("gvisor"); }

void Table::add(const std::string& target, Recording recording) {
  recordings.push_back(std::make_unique<Recording>(std::move(recording)));
  const std::string& layout = recordings.back()->layout;
  comparisons.push_back(
      compare(target, scripts.at(layout), references.at(layout), *recordings.back(), reasons));
}

bool Table::holds() const {
  return std::all_of(comparisons.begin(), comparisons.end(), [](const Comparison& each) {
    return !is_judged(each.target) || each.holds();
  });
}

std::string markdown_of(const Table& table) {
  std::string text =
      "# Golden operations\n\nMade by `cmake --build build --target cgroup_golden_table`; "
      "README.md "
      "says what is compared.\n\nA cell is the number of operations whose result equals that of "
      "the "
      "reference; `+ Ni` differ by intent, `+ N!` by mistake.\n\n" +
      summary(table) + "\n## Reasons\n\n" + reasons_table(table);
  for (const auto& [layout, reference] : table.references) {
    text += "\n## Layout " + layout +
            ", by file\n\nOperations by kind: of the emulator without a " + "kernel between.\n\n" +
            file_table(table, layout);
  }
  return text;
}

}  // namespace testbed::golden
