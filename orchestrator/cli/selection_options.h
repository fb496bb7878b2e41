#pragma once

#include "orchestrator/model/expand.h"

namespace CLI {
class App;
}

namespace testbed {

// --only and --all, as `run` and `plan` have them.
struct SelectionOptions {
  std::vector<std::string> only;  // "axis=value[,value]"
  bool all = false;

  void declare(CLI::App& app);
  // Against the axes of a matrix; the error names what does not exist.
  Result<Selection> selection(const Matrix& matrix) const;
};

}  // namespace testbed
