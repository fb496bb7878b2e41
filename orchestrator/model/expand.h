#pragma once

#include "orchestrator/model/catalog.h"
#include "orchestrator/model/cell.h"

namespace testbed {

// Every cell of a scenario: the product of all default and further axis values, exclusions and
// expectations attached. Pure. An error names what the catalog does not hold; the loader has
// already pointed at the place in the file.
Result<Matrix> expand(const Scenario& scenario, const Catalog& catalog);

// What a person picks from a matrix: axis -> values (exact or version range).
struct Selection {
  std::map<std::string, AxisPattern> only;
  bool all = false;  // also the values that a plain run leaves out
};

// Indexes of the selected cells. A value given by --only selects it also where it is not a default.
std::vector<std::size_t> select(const Matrix& matrix, const Selection& selection);

// Those a plain run takes, then those that --only or --all takes too: the order of the matrix.
std::vector<std::string> all_values(const Axis& axis);

bool matches(const Selector& where, const std::map<std::string, std::string>& coordinates);

// The tool that a scenario names, its ${axes} replaced: "kubernetes" is the newest of its versions,
// "kubernetes-1.34.3" one of them. An error says what the catalog has.
Result<ToolSpec> find_tool(const Catalog& catalog, const std::string& text,
                           const std::map<std::string, std::string>& coordinates);

// "a,>=20240101" as --only and `where` write it.
Result<AxisPattern> parse_axis_pattern(const std::vector<std::string>& texts);

}  // namespace testbed
