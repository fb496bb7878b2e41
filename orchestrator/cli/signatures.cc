#include "orchestrator/cli/signatures.h"

#include "orchestrator/analyze/clusters.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/printable.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

constexpr std::size_t kPlacesShown = 3;

Clusters clusters_of(const Project& project) {
  Clusters clusters;
  for (const std::string& name : list_runs(project.results)) {
    const auto place = find_run(project.results, name);
    const auto run = place ? read_run(*place, Detail::RedSideChecks) : Result<Run>(place.error());
    if (run) {
      clusters.add(*run);
    } else {
      log_warning("left out: " + run.error().message);
    }
  }
  return clusters;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string in_words(const Cluster& cluster) {
  std::string out =
      cluster.signature + "  " + counted(static_cast<std::size_t>(cluster.cells), "time") + " in " +
      counted(cluster.runs.size(), "run") + ", last in " + *cluster.runs.rbegin() + "\n  breaks  ";
  const char* before = "";
  for (const auto& [check, times] : cluster.checks) {
    out += std::exchange(before, ", ") + printable_line(check) + " (" + std::to_string(times) + ")";
  }
  out += "\n  places  ";
  before = "";
  std::size_t shown = 0;
  for (const std::string& place : cluster.places) {
    if (++shown > kPlacesShown) break;
    out += std::exchange(before, ", ") + printable_line(place);
  }
  if (cluster.places.size() > kPlacesShown)
    out += " and " + std::to_string(cluster.places.size() - kPlacesShown) + " more";
  return out + "\n  seen    " + printable_line(cluster.seen) + "\n";
}

json::object as_json(const Cluster& cluster) {
  return {{"signature", cluster.signature},
          {"times", cluster.cells},
          {"runs", json::value_from(cluster.runs)},
          {"places", json::value_from(cluster.places)},
          {"checks", json::value_from(cluster.checks)},
          {"seen", cluster.seen}};
}

}  // namespace

std::string signatures_of_runs(const Project& project, const std::string& format) {
  json::array array;
  std::string text;
  for (const Cluster& cluster : clusters_of(project).largest_first()) {
    array.push_back(as_json(cluster));
    text += in_words(cluster);
  }
  return format == "json" ? to_pretty(array) : text;
}

}  // namespace testbed
