#include "orchestrator/report/grid.h"

#include <algorithm>

#include "orchestrator/report/text.h"

namespace testbed {
namespace {

constexpr const char* kColumnAxis = "sandbox";
constexpr const char* kFirstRowAxis = "approach";

std::string value_of(const PlannedCell& cell, const std::string& axis) {
  const auto found = cell.coordinates.find(axis);
  return found == cell.coordinates.end() ? "" : found->second;
}

std::vector<std::string> row_axes_of(const Run& run) {
  std::vector<std::string> names = {kFirstRowAxis};
  for (const Axis& axis : run.axes) {
    if (axis.name != kColumnAxis && axis.name != kFirstRowAxis) names.push_back(axis.name);
  }
  return names;
}

// Where the values of an axis stand: as the axis says; values it does not name follow as they come.
std::map<std::string, std::size_t> ranks_of(const Run& run, const std::string& axis_name) {
  std::map<std::string, std::size_t> ranks;
  for (const Axis& axis : run.axes) {
    if (axis.name != axis_name) continue;
    for (const std::string& value : axis.values) ranks.emplace(value, ranks.size());
    for (const std::string& value : axis.also) ranks.emplace(value, ranks.size());
  }
  for (const PlannedCell& cell : run.planned) {
    ranks.emplace(value_of(cell, axis_name), ranks.size());
  }
  return ranks;
}

std::vector<std::string> labels_of(const std::vector<std::string>& axes, const PlannedCell& cell) {
  std::vector<std::string> labels;
  for (const std::string& axis : axes) labels.push_back(value_of(cell, axis));
  return labels;
}

// Rank of each planned sandbox -> its name.
std::map<std::size_t, std::string> columns_of(const Run& run) {
  const auto ranks = ranks_of(run, kColumnAxis);
  std::map<std::size_t, std::string> columns;
  for (const PlannedCell& cell : run.planned) {
    columns.emplace(ranks.at(sandbox_of(cell)), sandbox_of(cell));
  }
  return columns;
}

}  // namespace

std::string sandbox_of(const PlannedCell& cell) { return value_of(cell, kColumnAxis); }

std::string row_label_of(const Run& run, const PlannedCell& cell) {
  return joined(labels_of(row_axes_of(run), cell), "+");
}

Grid grid_of(const Run& run) {
  Grid grid{.row_axes = row_axes_of(run), .columns = {}, .rows = {}};
  for (const auto& [rank, name] : columns_of(run)) grid.columns.push_back(name);
  std::vector<std::map<std::string, std::size_t>> ranks;
  for (const std::string& axis : grid.row_axes) ranks.push_back(ranks_of(run, axis));

  std::map<std::vector<std::size_t>, Grid::Row> rows;
  for (const PlannedCell& cell : run.planned) {
    const std::vector<std::string> labels = labels_of(grid.row_axes, cell);
    std::vector<std::size_t> place;
    for (std::size_t i = 0; i < labels.size(); ++i) place.push_back(ranks[i].at(labels[i]));
    Grid::Row& row = rows[place];
    row.labels = labels;
    row.cells.resize(grid.columns.size());
    const auto column = std::find(grid.columns.begin(), grid.columns.end(), sandbox_of(cell));
    row.cells[static_cast<std::size_t>(column - grid.columns.begin())] = &cell;
  }
  for (auto& [place, row] : rows) grid.rows.push_back(std::move(row));
  return grid;
}

}  // namespace testbed
