#include "orchestrator/model/run_json.h"

#include <algorithm>

#include "orchestrator/model/header_text.h"

namespace testbed {
namespace {

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::object object_of(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [key, value] : texts) object[key] = value;
  return object;
}

template <class T>
json::array objects_of(const std::vector<T>& values) {
  json::array array;
  for (const T& value : values) array.push_back(to_json(value));
  return array;
}

std::vector<std::string> texts_in(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

std::map<std::string, std::string> map_in(const json::object& object, std::string_view key) {
  std::map<std::string, std::string> texts;
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_object()) return texts;
  for (const auto& [name, item] : value->get_object()) {
    if (item.is_string()) texts.emplace(name, item.get_string());
  }
  return texts;
}

// Calls `take` with every object of the array `key`.
template <class Take>
void each_object(const json::object& object, std::string_view key, Take take) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return;
  for (const json::value& item : value->get_array()) {
    if (item.is_object()) take(item.get_object());
  }
}

microseconds duration_in(const json::object& object, std::string_view key) {
  return microseconds(number_or(object, key));
}

// A number of rungs, whatever somebody wrote into the record.
int count_in(const json::object& object, std::string_view key) {
  return static_cast<int>(std::clamp<std::int64_t>(number_or(object, key), 0, 1'000'000));
}

std::uint64_t size_in(const json::object& object, std::string_view key) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number_or(object, key), 0));
}

Observed observed_in(const json::object& object) {
  return find_observed(text_or(object, "observed")).value_or(Observed::Pending);
}

Verdict verdict_in(const json::object& object) {
  return find_verdict(text_or(object, "verdict")).value_or(Verdict::None);
}

void set_cause(json::object& object, const OptionalCause& cause) {
  if (cause) object["cause"] = to_json(*cause);
}

OptionalCause cause_in(const json::object& parent) {
  const json::value* value = parent.if_contains("cause");
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const json::object& object = value->get_object();
  return Cause{.signature = text_or(object, "signature"),
               .layer = text_or(object, "layer"),
               .operation = text_or(object, "operation"),
               .errno_name = text_or(object, "errno"),
               .object = text_or(object, "object"),
               .summary = text_or(object, "summary"),
               .remedy = text_or(object, "remedy"),
               .evidence = texts_in(object, "evidence")};
}

std::optional<GroupUse> use_in(const json::object& object) {
  if (!object.contains("processor_us")) return std::nullopt;
  return GroupUse{.processor = duration_in(object, "processor_us"),
                  .memory = size_in(object, "memory_bytes"),
                  .killed = size_in(object, "killed")};
}

CheckResult check_in(const json::object& object) {
  return {.name = text_or(object, "name"),
          .is_rung = flag_or(object, "rung", true),
          .observed = observed_in(object),
          .detail = text_or(object, "detail"),
          .cause = cause_in(object),
          .verdict = verdict_in(object),
          .command = text_or(object, "command"),
          .duration = duration_in(object, "us"),
          .use = use_in(object)};
}

bool keeps(Detail detail, const json::object& check) {
  if (detail == Detail::Everything) return true;
  if (flag_or(check, "rung", true)) return false;
  return detail == Detail::SideChecks || is_red(observed_in(check));
}

Attempt attempt_in(const json::object& object, Detail detail) {
  Attempt attempt{.observed = observed_in(object),
                  .rung = text_or(object, "rung"),
                  .reason = text_or(object, "reason"),
                  .cause = cause_in(object),
                  .checks = {},
                  .leftovers = texts_in(object, "leftovers"),
                  .start_up = duration_in(object, "start_up_us"),
                  .total = duration_in(object, "us")};
  each_object(object, "checks", [&](const json::object& check) {
    if (keeps(detail, check)) attempt.checks.push_back(check_in(check));
  });
  attempt.checks.shrink_to_fit();
  return attempt;
}

Outcome outcome_in(const json::object& object) {
  return {
      .observed = observed_in(object),
      .verdict = verdict_in(object),
      .rung = text_or(object, "rung"),
      .rungs_reached = std::min(count_in(object, "rungs_reached"), count_in(object, "rungs_total")),
      .rungs_total = count_in(object, "rungs_total"),
      .reason = text_or(object, "reason"),
      .cause = cause_in(object),
      .expected = text_or(object, "expected")};
}

json::object to_json(const CallDifference& difference) {
  return {{"neighbour", difference.neighbour},
          {"process", difference.process},
          {"here", difference.here},
          {"there", difference.there},
          {"alike", difference.alike},
          {"without_consequence", array_of(difference.without_consequence)}};
}

std::optional<CallDifference> difference_in(const json::object& parent) {
  const json::value* value = parent.if_contains("difference");
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const json::object& object = value->get_object();
  return CallDifference{.neighbour = text_or(object, "neighbour"),
                        .process = text_or(object, "process"),
                        .here = text_or(object, "here"),
                        .there = text_or(object, "there"),
                        .alike = size_in(object, "alike"),
                        .without_consequence = texts_in(object, "without_consequence")};
}

PlannedCell planned_in(const json::object& cell) {
  return {.id = text_or(cell, "cell"),
          .coordinates = map_in(cell, "coordinates"),
          .rungs = texts_in(cell, "rungs"),
          .checks = texts_in(cell, "checks"),
          .excluded_because = text_or(cell, "excluded_because")};
}

Error not_an_object(std::string_view what) { return {std::string(what) + " is not a JSON object"}; }

}  // namespace

json::object to_json(const Cause& cause) {
  return {{"signature", cause.signature}, {"layer", cause.layer},
          {"operation", cause.operation}, {"errno", cause.errno_name},
          {"object", cause.object},       {"summary", cause.summary},
          {"remedy", cause.remedy},       {"evidence", array_of(cause.evidence)}};
}

json::object to_json(const CheckResult& check) {
  json::object object = {
      {"name", check.name},     {"rung", check.is_rung},    {"observed", name_of(check.observed)},
      {"detail", check.detail}, {"command", check.command}, {"us", check.duration.count()}};
  if (!check.is_rung) object["verdict"] = name_of(check.verdict);
  if (check.use) {
    object["processor_us"] = check.use->processor.count();
    object["memory_bytes"] = check.use->memory;
    if (check.use->killed > 0) object["killed"] = check.use->killed;
  }
  set_cause(object, check.cause);
  return object;
}

json::object to_json(const Attempt& attempt) {
  json::object object = {{"observed", name_of(attempt.observed)},
                         {"rung", attempt.rung},
                         {"reason", attempt.reason},
                         {"checks", objects_of(attempt.checks)},
                         {"leftovers", array_of(attempt.leftovers)},
                         {"start_up_us", attempt.start_up.count()},
                         {"us", attempt.total.count()}};
  set_cause(object, attempt.cause);
  return object;
}

json::object to_json(const Outcome& outcome) {
  json::object object = {{"observed", name_of(outcome.observed)},
                         {"verdict", name_of(outcome.verdict)},
                         {"rung", outcome.rung},
                         {"rungs_reached", outcome.rungs_reached},
                         {"rungs_total", outcome.rungs_total},
                         {"reason", outcome.reason},
                         {"expected", outcome.expected}};
  set_cause(object, outcome.cause);
  return object;
}

json::object to_json(const CellResult& result) {
  return {{"cell", result.cell},
          {"outcome", to_json(result.outcome)},
          {"attempts", objects_of(result.attempts)}};
}

json::object to_json(const SecondPass& pass) {
  json::object object = {
      {"check", pass.check},   {"holds_now", holds_now(pass)}, {"attempt", to_json(pass.attempt)},
      {"folder", pass.folder}, {"calls", pass.calls},          {"failed", array_of(pass.failed)},
      {"waits", pass.waits},   {"notes", array_of(pass.notes)}};
  if (pass.difference) object["difference"] = to_json(*pass.difference);
  return object;
}

json::object to_json(const PlannedCell& cell) {
  json::object object = {{"cell", cell.id},
                         {"coordinates", object_of(cell.coordinates)},
                         {"rungs", array_of(cell.rungs)},
                         {"checks", array_of(cell.checks)}};
  if (!cell.excluded_because.empty()) object["excluded_because"] = cell.excluded_because;
  return object;
}

json::object to_json(const ObtainedArtifact& artifact) {
  return {{"name", artifact.name},           {"label", artifact.label},
          {"digest", artifact.digest},       {"source", artifact.source},
          {"directory", artifact.directory}, {"failures", array_of(artifact.failures)}};
}

json::object facts_to_json(const Run& run) {
  json::array axes;
  for (const Axis& axis : run.axes) {
    axes.push_back(json::object{{"name", axis.name}, {"values", array_of(axis.values)}});
  }
  const Provenance& origin = run.provenance;
  return {{"run", run.id},
          {"scenario", run.scenario},
          {"question", run.question},
          {"started", run.started},
          {"axes", axes},
          {"provenance", json::object{{"testbed", origin.testbed_version},
                                      {"build", origin.build},
                                      {"digests", object_of(origin.digests)},
                                      {"kernel", origin.kernel},
                                      {"machine", origin.machine},
                                      {"cpu", origin.cpu},
                                      {"cpus", origin.cpus},
                                      {"memory_bytes", origin.memory_bytes},
                                      {"cgroup_mode", origin.cgroup_mode}}}};
}

json::object header_to_json(const Run& run) {
  json::object header = facts_to_json(run);
  header["planned"] = objects_of(run.planned);
  if (run.shard.count > 0) {
    header["shard"] = json::object{{"index", run.shard.index}, {"count", run.shard.count}};
    header["whole"] = objects_of(run.whole);
  }
  return header;
}

Result<CellResult> cell_result_from_json(const json::value& value, Detail detail) {
  if (!value.is_object()) return not_an_object("a cell's result");
  const json::object& object = value.get_object();
  CellResult result{.cell = text_or(object, "cell"), .attempts = {}, .outcome = {}};
  each_object(object, "attempts", [&](const json::object& attempt) {
    result.attempts.push_back(attempt_in(attempt, detail));
  });
  const json::value* outcome = object.if_contains("outcome");
  if (outcome && outcome->is_object()) result.outcome = outcome_in(outcome->get_object());
  return result;
}

Result<SecondPass> second_pass_from_json(const json::value& value, Detail detail) {
  if (!value.is_object()) return not_an_object("a second pass");
  const json::object& object = value.get_object();
  SecondPass pass{.check = text_or(object, "check"),
                  .attempt = {},
                  .folder = text_or(object, "folder"),
                  .calls = size_in(object, "calls"),
                  .failed = texts_in(object, "failed"),
                  .waits = text_or(object, "waits"),
                  .notes = texts_in(object, "notes"),
                  .difference = difference_in(object)};
  if (const json::value* attempt = object.if_contains("attempt"); attempt && attempt->is_object())
    pass.attempt = attempt_in(attempt->get_object(), detail);
  return pass;
}

Result<ObtainedArtifact> artifact_from_json(const json::value& value) {
  if (!value.is_object()) return not_an_object("an artifact");
  const json::object& object = value.get_object();
  return ObtainedArtifact{.name = text_or(object, "name"),
                          .label = text_or(object, "label"),
                          .directory = text_or(object, "directory"),
                          .digest = text_or(object, "digest"),
                          .source = text_or(object, "source"),
                          .failures = texts_in(object, "failures")};
}

Result<Run> header_from_json(const json::value& value) {
  if (!value.is_object()) return not_an_object("the header");
  const json::object& object = value.get_object();
  Run run;
  run.id = text_or(object, "run");
  run.scenario = text_or(object, "scenario");
  run.question = text_or(object, "question");
  run.started = text_or(object, "started");
  each_object(object, "axes", [&](const json::object& axis) {
    run.axes.push_back(
        {.name = text_or(axis, "name"), .values = texts_in(axis, "values"), .also = {}});
  });
  each_object(object, "planned",
              [&](const json::object& cell) { run.planned.push_back(planned_in(cell)); });
  each_object(object, "whole",
              [&](const json::object& cell) { run.whole.push_back(planned_in(cell)); });
  if (const json::value* shard = object.if_contains("shard"); shard && shard->is_object())
    run.shard = {count_in(shard->get_object(), "index"), count_in(shard->get_object(), "count")};
  if (const json::value* origin = object.if_contains("provenance"); origin && origin->is_object()) {
    const json::object& from = origin->get_object();
    run.provenance = {.testbed_version = text_or(from, "testbed"),
                      .build = text_or(from, "build"),
                      .digests = map_in(from, "digests"),
                      .kernel = text_or(from, "kernel"),
                      .machine = text_or(from, "machine"),
                      .cpu = text_or(from, "cpu"),
                      .cgroup_mode = text_or(from, "cgroup_mode"),
                      .cpus = static_cast<unsigned>(number_or(from, "cpus")),
                      .memory_bytes = static_cast<std::uint64_t>(number_or(from, "memory_bytes"))};
  }
  return run;
}

Result<Run> header_from_text(std::string_view line) {
  HeaderText text;
  if (!take_apart(line, text)) {
    const json::value whole = TRY(parse_json(line));
    return header_from_json(whole);
  }
  const json::value rest = TRY(parse_json(text.rest));
  Run run = TRY(header_from_json(rest));
  for (auto [cells, texts] : {std::pair{&run.planned, &text.planned}, {&run.whole, &text.whole}}) {
    cells->reserve(texts->size());
    for (const std::string_view cell : *texts) {
      json::monotonic_resource memory;
      const json::value value = TRY(parse_json(cell, &memory));
      if (!value.is_object()) return not_an_object("a planned cell");
      cells->push_back(planned_in(value.get_object()));
    }
  }
  return run;
}

}  // namespace testbed
