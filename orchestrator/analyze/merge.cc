#include "orchestrator/analyze/merge.h"

#include <algorithm>
#include <set>

namespace testbed {
namespace {

constexpr std::size_t kMostNames = 6;

std::string scenario_digest(const Run& run) {
  const auto found = run.provenance.digests.find("scenario " + run.scenario);
  return found == run.provenance.digests.end() ? "" : found->second;
}

Result<> check_same_scenario(const Run& first, const Run& part) {
  const std::string both = first.id + " and " + part.id;
  if (part.scenario != first.scenario)
    return Error{both + " are of other scenarios: " + first.scenario + ", " + part.scenario};
  if (scenario_digest(part) != scenario_digest(first))
    return Error{both + " are of other versions of " + first.scenario};
  if (part.shard.count != first.shard.count)
    return Error{both + " are not shards of one run: of " + std::to_string(first.shard.count) +
                 ", of " + std::to_string(part.shard.count)};
  return {};
}

// Which run has a cell.
Result<std::map<std::string, const Run*>> owners_of(const std::vector<Run>& parts) {
  std::map<std::string, const Run*> owners;
  std::vector<std::string> twice;
  for (const Run& part : parts) {
    for (const PlannedCell& cell : part.planned) {
      const auto [place, first] = owners.emplace(cell.id, &part);
      if (!first) twice.push_back(cell.id + " (" + place->second->id + ", " + part.id + ")");
    }
  }
  if (twice.empty()) return owners;
  std::string text = std::to_string(twice.size()) + " cells are in more than one run: ";
  for (std::size_t i = 0; i < std::min(twice.size(), kMostNames); ++i)
    text += (i ? ", " : "") + twice[i];
  return Error{text + (twice.size() > kMostNames ? ", ..." : "")};
}

// A shard's header has the whole plan; other runs come one after the other.
std::vector<PlannedCell> plan_of(const std::vector<Run>& parts) {
  std::vector<PlannedCell> plan;
  std::set<std::string> seen;
  const auto add = [&](const std::vector<PlannedCell>& cells) {
    for (const PlannedCell& cell : cells) {
      if (seen.insert(cell.id).second) plan.push_back(cell);
    }
  };
  for (const Run& part : parts) add(part.whole);
  for (const Run& part : parts) add(part.planned);
  return plan;
}

void note_missing_shards(const std::vector<Run>& parts, std::vector<std::string>& notes) {
  const int count = parts[0].shard.count;
  std::set<int> there;
  for (const Run& part : parts) there.insert(part.shard.index);
  for (int index = 1; index <= count && count > 0; ++index) {
    if (!there.contains(index))
      notes.push_back("shard " + std::to_string(index) + "/" + std::to_string(count) +
                      " is not there: its cells are pending");
  }
}

void note_other(const char* what, const std::string& first, const std::string& part, const Run& run,
                std::vector<std::string>& notes) {
  if (first != part)
    notes.push_back(std::string(what) + " of " + run.id + " is " + part + ", not " + first);
}

void add_provenance(Run& run, const Run& part, std::vector<std::string>& notes) {
  note_other("the kernel", run.provenance.kernel, part.provenance.kernel, part, notes);
  note_other("the testbed", run.provenance.testbed_version, part.provenance.testbed_version, part,
             notes);
  for (const auto& [name, digest] : part.provenance.digests) {
    const auto [place, is_new] = run.provenance.digests.emplace(name, digest);
    if (!is_new && place->second != digest)
      notes.push_back(name + " of " + part.id + " has other bytes");
  }
  for (const auto& [name, artifact] : part.artifacts) {
    const auto [place, is_new] = run.artifacts.emplace(name, artifact);
    if (!is_new && place->second.digest != artifact.digest)
      notes.push_back("artifact " + name + " of " + part.id + " has other bytes");
  }
}

}  // namespace

Result<Merged> merge_runs(const std::vector<Run>& parts) {
  CHECK(!parts.empty(), "nothing to merge");
  for (const Run& part : parts) TRY(check_same_scenario(parts[0], part));
  const auto owners = TRY(owners_of(parts));
  Merged out;
  Run& run = out.run;
  run.scenario = parts[0].scenario;
  run.question = parts[0].question;
  run.axes = parts[0].axes;
  run.provenance = parts[0].provenance;
  run.started = parts[0].started;
  run.complete = true;
  run.planned = plan_of(parts);
  note_missing_shards(parts, out.notes);
  for (const Run& part : parts) {
    run.started = std::min(run.started, part.started);
    add_provenance(run, part, out.notes);
    run.results.insert(part.results.begin(), part.results.end());
    run.second_passes.insert(part.second_passes.begin(), part.second_passes.end());
    if (!part.complete) out.notes.push_back(part.id + " is not complete");
    run.complete = run.complete && part.complete;
  }
  for (const PlannedCell& cell : run.planned) {
    const auto owner = owners.find(cell.id);
    out.sources.push_back(owner == owners.end() ? "" : owner->second->id);
    if (owner == owners.end()) run.complete = false;
  }
  return out;
}

}  // namespace testbed
