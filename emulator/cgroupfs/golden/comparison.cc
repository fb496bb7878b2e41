#include "emulator/cgroupfs/golden/comparison.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "emulator/cgroupfs/golden/script.h"

namespace testbed::golden {
namespace {

bool matches(const std::string& globs, const std::string& text) {
  std::istringstream parts(globs);
  for (std::string glob; std::getline(parts, glob, ',');) {
    if (::fnmatch(glob.c_str(), text.c_str(), 0) == 0) return true;
  }
  return false;
}

Result<> take_difference(const std::vector<std::string>& words, Reasons& reasons) {
  if (words.size() < 4 || words.size() % 2 != 0) {
    return Error{"differs REASON TARGETS IDS [got|expected|fields WORD]..."};
  }
  Difference difference{.reason = words[1], .targets = words[2], .ids = words[3]};
  difference.required = words[0] == "differs";
  for (std::size_t i = 4; i < words.size(); i += 2) {
    if (words[i] == "got") {
      difference.got = words[i + 1];
    } else if (words[i] == "expected") {
      difference.expected = words[i + 1];
    } else if (words[i] == "fields") {
      difference.fields = words[i + 1];
    } else {
      return Error{"no condition is named " + words[i]};
    }
  }
  const bool known = std::any_of(reasons.texts.begin(), reasons.texts.end(),
                                 [&](const auto& text) { return text.first == words[1]; });
  if (!known) return Error{"no reason is named " + words[1]};
  reasons.differences.push_back(std::move(difference));
  return {};
}

bool explains(const Difference& difference, const std::string& target, const Row& expected,
              const Row& got) {
  if (!matches(difference.targets, target) || !matches(difference.ids, expected.id)) return false;
  const std::string outcome = got.error.empty() ? "ok" : got.error;
  if (!difference.got.empty() && difference.got != outcome) return false;
  if (!difference.expected.empty() && difference.expected != expected.error) return false;
  if (difference.fields.empty()) return true;
  const auto may = [&](const char* field) { return matches(difference.fields, field); };
  return (expected.error == got.error || may("errno")) &&
         (expected.value == got.value || may("value")) &&
         (expected.result == got.result || may("result"));
}

Kind kind_of(const Operation& operation, const Row& expected) {
  switch (operation.verb) {
    case Verb::Read:
    case Verb::Parts:
    case Verb::ReadAt:
    case Verb::ReadKept:
      return Kind::Read;
    case Verb::Write:
    case Verb::WriteAt:
    case Verb::WriteTwice:
    case Verb::Append:
    case Verb::Trunc:
    case Verb::WriteKept:
      return expected.error.empty() ? Kind::Accepted : Kind::Refused;
    case Verb::Truncate:
    case Verb::Open:
    case Verb::Mode:
    case Verb::Size:
    case Verb::Chmod:
    case Verb::Chown:
    case Verb::Access:
    case Verb::GetXattr:
    case Verb::SetXattr:
    case Verb::Keep:
    case Verb::CloseKept:
      return Kind::Attributes;
    case Verb::Spawn:
    case Verb::End:
    case Verb::Zombie:
      return Kind::Processes;
    default:
      return Kind::Names;
  }
}

std::string outcome_text(const Row& row) {
  std::string text = row.error.empty() ? "ok" : row.error;
  if (row.result != 0) text += " " + std::to_string(row.result);
  if (!row.value.empty()) text += " " + to_line(json::value(row.value));
  return text;
}

}  // namespace

Result<Reasons> parse_reasons(std::string_view text) {
  Reasons reasons;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string place = "line " + std::to_string(number);
    auto words = split_words(line);
    if (!words) return std::move(words).error().in(place);
    if (words->empty()) continue;
    if (words->front() == "reason" && words->size() == 3) {
      reasons.texts.emplace_back((*words)[1], (*words)[2]);
    } else if (words->front() == "differs" || words->front() == "may") {
      if (auto taken = take_difference(*words, reasons); !taken) {
        return std::move(taken).error().in(place);
      }
    } else {
      return Error{place + ": neither `reason NAME TEXT` nor `differs`"};
    }
  }
  return reasons;
}

Reference::Found Reference::find(const std::string& id) const {
  for (const Recording& recording : recordings) {
    if (const Row* row = recording.find(id)) return {row, &recording};
  }
  return {};
}

std::size_t Comparison::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(judgements.begin(), judgements.end(),
                    [&](const Judgement& each) { return each.verdict == verdict; }));
}

Comparison compare(const std::string& target, const Script& script, const Reference& reference,
                   const Recording& recording, const Reasons& reasons) {
  Comparison comparison{.target = target};
  std::set<const Difference*> used;
  std::map<std::string, const Row*> rows;
  for (const Row& row : recording.rows) rows[row.id] = &row;
  for (const Section& section : script.sections) {
    for (const Operation& operation : section.operations) {
      const Reference::Found found = reference.find(operation.id);
      const auto at = rows.find(operation.id);
      const Row* got = at == rows.end() ? nullptr : at->second;
      Judgement judgement{&operation, Kind::Read, Verdict::NoReference, "", found.row, got};
      if (found.row != nullptr) {
        static const Row kNothing{.id = "", .error = "not carried out"};
        const Row& result = got == nullptr ? kNothing : *got;
        judgement.kind = kind_of(operation, *found.row);
        judgement.verdict =
            got != nullptr && *got == *found.row ? Verdict::Equal : Verdict::ByMistake;
        if (judgement.verdict == Verdict::ByMistake) {
          for (const Difference& difference : reasons.differences) {
            if (!explains(difference, target, *found.row, result)) continue;
            judgement.verdict = Verdict::ByIntent;
            judgement.reason = difference.reason;
            used.insert(&difference);
            break;
          }
        }
      } else if (got != nullptr) {
        judgement.kind = kind_of(operation, *got);
      }
      comparison.judgements.push_back(std::move(judgement));
    }
  }
  for (const Difference& difference : reasons.differences) {
    if (difference.required && matches(difference.targets, target) && !used.contains(&difference)) {
      comparison.obsolete.push_back(difference);
    }
  }
  return comparison;
}

std::string describe_faults(const Comparison& comparison) {
  std::string text;
  for (const Judgement& each : comparison.judgements) {
    if (each.verdict != Verdict::ByMistake) continue;
    text += comparison.target + ": " + each.operation->id + ": expected " +
            outcome_text(*each.expected) + ", got " +
            (each.got == nullptr ? "nothing: not carried out" : outcome_text(*each.got)) + "\n";
  }
  for (const Difference& each : comparison.obsolete) {
    text += comparison.target + ": no longer differs: " + each.reason + " " + each.ids + "\n";
  }
  return text;
}

}  // namespace testbed::golden
