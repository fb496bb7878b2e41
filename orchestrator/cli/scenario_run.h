#pragma once

#include "orchestrator/cli/project.h"
#include "orchestrator/cli/stop_signals.h"
#include "orchestrator/model/expand.h"
#include "orchestrator/model/run.h"
#include "orchestrator/run/cell_runner.h"

namespace testbed {

// What is run once more for evidence, when every cell has its verdict.
enum class SecondPassOf { Nothing, Unexpected, AllThatIsRed };

struct RunSettings {
  unsigned jobs = 1;
  int repeat = 1;
  std::optional<std::uint64_t> seed;  // of the order of the cells
  bool offline = false;
  Tracing tracing = Tracing::None;
  SecondPassOf second_pass = SecondPassOf::Nothing;
  std::string second_pass_cell{};  // not empty: only of this one
  std::string only_source;
  Shard shard;  // of 0: everything
  std::string format = "text";
  bool live = true;  // progress is drawn on the terminal, where there is one
  std::function<void(const HeldCell&)> hold;  // as CellTools has it
  std::function<void(Run)> conclude;          // takes the run instead of its matrix being printed
};

// Runs what is selected, records it and prints the matrix; returns the exit code.
int run_scenario(const Project& project, const Catalog& catalog, const Scenario& scenario,
                 Matrix matrix, const Selection& selection, const RunSettings& settings,
                 const StopSignals& signals);

}  // namespace testbed
