#include "orchestrator/record/result_layout.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "orchestrator/record/utc_time.h"

namespace testbed {
namespace {

constexpr std::size_t kMostNamesInAnError = 6;

// One path component: never a separator, never "." or "..".
std::string safe_component(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                       c == '+' || (c == '.' && !out.empty());
    out += plain ? c : '_';
  }
  return out.empty() ? "_" : out;
}

std::string without_scenario(const std::string& cell_id) {
  return cell_id.substr(cell_id.find('/') + 1);
}

bool is_folder_of_run(const fs::path& directory) {
  std::error_code error;
  return fs::is_regular_file(directory / kEventLogName, error);
}

bool is_run(const fs::path& place) {
  std::error_code error;
  return is_folder_of_run(place) ||
         (place.string().ends_with(kArchiveSuffix) && fs::is_regular_file(place, error));
}

// Its folder is there too.
bool is_copy(const fs::path& results_root, const std::string& name) {
  return name.ends_with(kArchiveSuffix) &&
         is_folder_of_run(results_root /
                          name.substr(0, name.size() - std::string_view(kArchiveSuffix).size()));
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamesInAnError); ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  return out + (names.size() > kMostNamesInAnError ? ", ..." : "");
}

// Levenshtein's distance, row by row.
std::size_t distance(const std::string& from, const std::string& to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::vector<std::string> nearest_first(const Run& run, const std::string& text) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const PlannedCell& cell : run.planned) {
    ranked.emplace_back(distance(text, without_scenario(cell.id)), cell.id);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [rank, name] : ranked) names.push_back(std::move(name));
  return names;
}

template <class Fits>
std::vector<std::string> cells_that(const Run& run, Fits fits) {
  std::vector<std::string> found;
  for (const PlannedCell& cell : run.planned) {
    if (fits(cell.id)) found.push_back(cell.id);
  }
  return found;
}

}  // namespace

std::string new_run_id(const std::string& scenario) {
  const UtcTime now = std::chrono::system_clock::now();
  // Runs of one second are told apart, and are in their order too: `latest` is the last of them.
  const auto into_second = now - std::chrono::floor<std::chrono::seconds>(now);
  auto part = std::chrono::duration_cast<std::chrono::microseconds>(into_second).count() * 65'536 /
              1'000'000;
  constexpr char kHex[] = "0123456789abcdef";
  std::string end(4, '0');
  for (auto digit = end.rbegin(); digit != end.rend(); ++digit, part /= 16)
    *digit = kHex[part % 16];
  return utc_name(now) + "-" + safe_component(scenario) + "-" + end;
}

fs::path cell_directory(const fs::path& run_directory, const std::string& cell_id) {
  return run_directory / "cells" / safe_component(without_scenario(cell_id));
}

std::vector<std::string> list_runs(const fs::path& results_root) {
  std::vector<std::string> runs = list_directory(results_root);
  std::erase_if(runs, [&](const std::string& name) {
    return !is_run(results_root / name) || is_copy(results_root, name);
  });
  return runs;
}

Result<fs::path> find_run(const fs::path& results_root, const std::string& text) {
  const std::vector<std::string> runs = list_runs(results_root);
  if (text == "latest") {
    if (runs.empty()) return Error{"there is no run in " + results_root.string()};
    return results_root / runs.back();
  }
  std::vector<std::string> found;
  for (const std::string& name : runs) {
    if (name == text) return results_root / name;
    if (!text.empty() && name.starts_with(text)) found.push_back(name);
  }
  if (found.size() == 1) return results_root / found[0];
  if (found.size() > 1) return Error{"'" + text + "' is the beginning of: " + listed(found)};
  std::error_code error;
  if (!text.empty() && (is_run(text) || fs::is_regular_file(text, error))) return fs::path(text);
  const std::vector<std::string> newest(runs.rbegin(), runs.rend());
  return Error{"no run is named '" + text + "' in " + results_root.string() +
               (runs.empty() ? ", which holds none" : "; the newest are: " + listed(newest))};
}

Result<std::string> find_cell(const Run& run, const std::string& text) {
  const auto exact = cells_that(
      run, [&](const std::string& id) { return id == text || without_scenario(id) == text; });
  if (!exact.empty()) return exact[0];
  auto found = cells_that(run, [&](const std::string& id) {
    return !text.empty() && (id.starts_with(text) || without_scenario(id).starts_with(text));
  });
  if (found.empty()) {
    found = cells_that(run, [&](const std::string& id) {
      return !text.empty() && id.find(text) != std::string::npos;
    });
  }
  if (found.size() == 1) return found[0];
  if (found.size() > 1) return Error{"'" + text + "' fits several cells: " + listed(found)};
  return Error{"no cell of " + run.id + " is named '" + text +
               "'; near: " + listed(nearest_first(run, text))};
}

}  // namespace testbed
