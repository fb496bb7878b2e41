#pragma once

#include "orchestrator/model/expectation_row.h"
#include "orchestrator/model/run.h"

namespace testbed {

// What some runs of one scenario show, as expectations: those that make a next run like them end
// with 0. Where versions follow each other with the same result they become one range, approaches
// that agree one list. The reason is taken from an expectation in `known` of the same signature,
// else from the cause.
struct Shown {
  std::vector<ExpectationRow> rows;
  // Cells that say nothing: "ID: attempts disagree", "ID: infra: ...". No row speaks for them.
  std::vector<std::string> silent;
  // Expectations of `known` that no cell of the runs needs any more, in words.
  std::vector<std::string> obsolete;
};
Shown expectations_of(const std::vector<Run>& runs, const std::vector<Expectation>& known);

}  // namespace testbed
