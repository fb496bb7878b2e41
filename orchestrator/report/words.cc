#include "orchestrator/report/words.h"

#include <array>

#include "orchestrator/report/text.h"

namespace testbed {
namespace {

constexpr std::array<const char*, 9> kCountedWords = {
    "ok",    "xfail",        "unexpected", "xfail-changed", "xpass",
    "flaky", "inconclusive", "skip",       "pending"};

std::string count_word(const CellResult* result) {
  if (is_pending(result)) return "pending";
  if (is_skipped(result)) return "skip";
  return std::string(name_of(result->outcome.verdict));
}

std::size_t sum_of(const Run& run, const std::vector<std::string>& words) {
  std::size_t sum = 0;
  for (const auto& [word, count] : counts_of(run)) {
    for (const std::string& wanted : words) sum += word == wanted ? count : 0;
  }
  return sum;
}

std::string of_all(const Run& run, const std::vector<std::string>& words) {
  return std::to_string(sum_of(run, words)) + " of " + counted(run.planned.size(), "cell");
}

// The codes of architecture "Exit codes".
std::string reason_of(const Run& run) {
  switch (run.exit_code) {
    case 0:
      return "all as expected";
    case 1:
      return of_all(run, {"unexpected", "xfail-changed", "xpass", "flaky"}) +
             " are not as expected";
    case 2:
      return of_all(run, {"inconclusive", "pending"}) + " have no conclusive result";
    case 3:
      return "nothing was selected";
    case 4:
      return "all cells were skipped";
    case 5:
      return "cells of the run it repeats are outstanding";
    case 130:
      return "interrupted";
    case 143:
      return "terminated";
    default:
      return "the run could not be carried out";
  }
}

}  // namespace

bool is_pending(const CellResult* result) {
  return result == nullptr || result->outcome.observed == Observed::Pending;
}

bool is_skipped(const CellResult* result) {
  return result != nullptr && result->outcome.observed == Observed::Skip;
}

std::string cell_words(const CellResult* result) {
  if (is_pending(result)) return "pending";
  if (is_skipped(result)) return "skip";
  const Outcome& outcome = result->outcome;
  const std::string observed(name_of(outcome.observed));
  const bool tells_itself = outcome.observed == Observed::Pass || outcome.rung.empty();
  std::string words = tells_itself ? observed : outcome.rung;
  words += " " + std::to_string(outcome.rungs_reached) + "/" + std::to_string(outcome.rungs_total);
  if (!tells_itself && outcome.observed != Observed::Fail) words += " " + observed;
  const bool plain = outcome.verdict == Verdict::Ok || outcome.verdict == Verdict::None;
  return one_line(plain ? words : words + " " + std::string(name_of(outcome.verdict)));
}

bool needs_attention(const CellResult* result) {
  if (result == nullptr) return true;
  switch (result->outcome.verdict) {
    case Verdict::Ok:
    case Verdict::Xfail:
      return false;
    case Verdict::XfailChanged:
    case Verdict::Xpass:
    case Verdict::Unexpected:
    case Verdict::Flaky:
    case Verdict::Inconclusive:
      return true;
    case Verdict::None:
      return is_pending(result);
  }
  return true;
}

std::string incomplete_words(const Run& run) {
  if (run.complete) return "";
  const std::size_t done = run.planned.size() - sum_of(run, {"pending"});
  return "INCOMPLETE, " + std::to_string(done) + " of " + counted(run.planned.size(), "cell");
}

std::vector<std::pair<std::string, std::size_t>> counts_of(const Run& run) {
  std::map<std::string, std::size_t> by_word;
  for (const PlannedCell& cell : run.planned) ++by_word[count_word(run.find(cell.id))];
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const char* word : kCountedWords) {
    if (by_word[word] > 0) counts.emplace_back(word, by_word[word]);
  }
  return counts;
}

std::string count_words(const Run& run) {
  std::vector<std::string> parts;
  for (const auto& [word, count] : counts_of(run)) {
    parts.push_back(std::to_string(count) + " " + word);
  }
  return counted(run.planned.size(), "cell") + (parts.empty() ? "" : ": " + joined(parts, ", "));
}

std::string exit_words(const Run& run) {
  if (run.exit_code < 0) return "no exit code: the run goes on, or was killed";
  return "exit code " + std::to_string(run.exit_code) + ": " + reason_of(run);
}

}  // namespace testbed
