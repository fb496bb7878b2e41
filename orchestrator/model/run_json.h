#pragma once

#include "orchestrator/base/json.h"
#include "orchestrator/model/run.h"

namespace testbed {

// What is kept of the attempts of a cell: reports of a large matrix do with less than everything.
enum class Detail { RedSideChecks, SideChecks, Everything };

// The one JSON form of a run's parts: events.ndjson, matrix.json and --format json all use it.
// from_json is lenient: what an older or newer program left out keeps its default.
json::object to_json(const Cause& cause);
json::object to_json(const CheckResult& check);
json::object to_json(const Attempt& attempt);
json::object to_json(const Outcome& outcome);
json::object to_json(const CellResult& result);
json::object to_json(const SecondPass& pass);
json::object to_json(const PlannedCell& cell);
json::object to_json(const ObtainedArtifact& artifact);
// Everything but cells and artifacts.
json::object facts_to_json(const Run& run);
// Header: the same and the planned cells.
json::object header_to_json(const Run& run);

Result<CellResult> cell_result_from_json(const json::value& value,
                                         Detail detail = Detail::Everything);
Result<SecondPass> second_pass_from_json(const json::value& value,
                                         Detail detail = Detail::Everything);
Result<ObtainedArtifact> artifact_from_json(const json::value& value);
Result<Run> header_from_json(const json::value& value);
// The same from its line, whose planned cells are parsed one after the other.
Result<Run> header_from_text(std::string_view line);

}  // namespace testbed
