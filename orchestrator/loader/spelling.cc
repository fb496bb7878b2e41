#include "orchestrator/loader/spelling.h"

#include <algorithm>
#include <numeric>

#include "orchestrator/base/json.h"

namespace testbed {
namespace {

constexpr std::size_t kLongestShown = 60;
constexpr std::size_t kLongestCompared = 64;

// Levenshtein distance: how many letters to insert, remove or replace.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string shown(text.substr(0, kLongestShown));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > kLongestShown) shown = valid_utf8(shown) + "...";
  return "`" + shown + "`";
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  if (text.size() > kLongestCompared) return "";
  const std::string* best = nullptr;
  // Two swapped letters are two replacements.
  const std::size_t most = text.size() < 4 ? 1 : std::max<std::size_t>(2, text.size() / 3);
  std::size_t least = most + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestCompared) continue;
    const std::size_t here = distance(text, candidate);
    if (here < least) {
      least = here;
      best = &candidate;
    }
  }
  return best == nullptr ? "" : "; did you mean " + in_quotes(*best) + "?";
}

std::string one_of(const std::vector<std::string>& candidates) {
  std::string text;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) text += i + 1 == candidates.size() ? " or " : ", ";
    text += in_quotes(candidates[i]);
  }
  return text;
}

}  // namespace testbed
