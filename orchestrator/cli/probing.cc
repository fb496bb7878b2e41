#include "orchestrator/cli/probing.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "orchestrator/base/joined.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/run_options.h"
#include "orchestrator/cli/selection_options.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"

namespace testbed {
namespace {

constexpr std::size_t kMostRecordsRead = 200;

Result<> check_exists(const Scenario& scenario, const std::string& name) {
  if (name.empty() || name == kSandboxUp) return {};
  std::vector<std::string> known{kSandboxUp};
  for (const CheckSpec& check : scenario.checks) {
    if (check.name == name) return {};
    known.push_back(check.name);
  }
  return Error{"--check " + name + ": the scenario has no such rung or check; it has " +
               joined(known, ", ")};
}

}  // namespace

void Probing::Options::declare(CLI::App& app) {
  app.add_option("scenario", scenario, "a file, or a name below scenarios/")->required();
  app.add_option("--only", only, "picks what is probed: AXIS=VALUE; may be repeated")
      ->type_name("AXIS=VALUE")
      ->take_all();
  app.add_option("--check", check, "the rung or side check that is asked for [the whole ladder]");
  declare_cell_options(app, settings,
                       "attempts per probe; a probe whose attempts disagree says nothing");
  app.add_option("--format", format, "text, json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
}

std::optional<Probing> Probing::open(const Options& options, int& code) {
  auto project = find_project();
  if (!project) {
    code = fail(kExitNoInput, "find the project: " + project.error().message);
    return std::nullopt;
  }
  auto catalog = load_project_catalog(*project, code);
  if (!catalog) return std::nullopt;
  auto scenario = load_project_scenario(*project, *catalog, options.scenario, code);
  if (!scenario) return std::nullopt;
  if (const auto known = check_exists(*scenario, options.check); !known) {
    code = fail(kExitUsage, known.error().message);
    return std::nullopt;
  }
  return Probing(options, std::move(*project), std::move(*catalog), std::move(*scenario));
}

Result<std::vector<Cell>> Probing::cells(const Scenario& scenario, const Catalog& catalog) const {
  Matrix matrix = TRY(expand(scenario, catalog));
  SelectionOptions selection{.only = options_.only, .all = true};
  const Selection selected = TRY(selection.selection(matrix));
  std::vector<Cell> out;
  for (const std::size_t index : select(matrix, selected)) {
    if (matrix.cells[index].excluded_because.empty()) out.push_back(std::move(matrix.cells[index]));
  }
  return out;
}

std::optional<Run> Probing::run(const Scenario& scenario, const Catalog& catalog,
                                const std::vector<std::string>& cell_ids, int& code) {
  auto matrix = expand(scenario, catalog);
  if (!matrix) {
    code = fail(kExitBadInput, "expand " + scenario.name + ": " + matrix.error().message);
    return std::nullopt;
  }
  std::erase_if(matrix->cells, [&](const Cell& cell) {
    return std::find(cell_ids.begin(), cell_ids.end(), cell.id) == cell_ids.end();
  });
  std::optional<Run> out;
  RunSettings settings = options_.settings;
  settings.conclude = [&](Run run) { out = std::move(run); };
  code = run_scenario(project_, catalog, scenario, std::move(*matrix), {.only = {}, .all = true},
                      settings, *signals_);
  if (signals_->signal() != 0) {
    code = 128 + signals_->signal();
    return std::nullopt;
  }
  return out;
}

std::optional<Run> Probing::find_earlier(const Cell& cell) const {
  std::vector<std::string> ids = list_runs(project_.results);
  std::reverse(ids.begin(), ids.end());
  std::erase_if(ids, [&](const std::string& id) {
    return id.find("-" + scenario_.name + "-") == std::string::npos;
  });
  if (ids.size() > kMostRecordsRead) ids.resize(kMostRecordsRead);
  std::map<std::string, std::string> wanted{
      {"scenario " + scenario_.name, scenario_.digest},
      {"approach " + cell.approach.name, cell.approach.digest}};
  for (const std::string& program : list_directory(project_.programs)) {
    if (auto digest = sha512_of_file(project_.programs / program))
      wanted["emulator " + program] = *digest;
  }
  for (const std::string& id : ids) {
    auto run = read_run(project_.results / id);
    if (!run) continue;
    const CellResult* result = run->find(cell.id);
    const bool enough =
        result != nullptr && static_cast<int>(result->attempts.size()) >= options_.settings.repeat;
    const bool same = std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
      const auto found = run->provenance.digests.find(entry.first);
      return found != run->provenance.digests.end() && found->second == entry.second;
    });
    if (enough && same) return std::move(*run);
  }
  return std::nullopt;
}

}  // namespace testbed
