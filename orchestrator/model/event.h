#pragma once

#include <functional>
#include <string>
#include <variant>

#include "orchestrator/model/run.h"

namespace testbed {

// Something just happened. Sinks visit all.
struct RunStarted {
  Run run;  // header: everything but results
};
struct ArtifactStarted {
  std::string name;  // "runsc-20240722"
};
struct ArtifactReady {
  ObtainedArtifact artifact;
};
struct ArtifactUnavailable {
  std::string name, reason;
};
struct CellStarted {
  std::string cell;
  int attempt = 1;
};
struct StageStarted {
  std::string cell, stage;
};
struct CheckFinished {
  std::string cell;
  CheckResult check;
};
struct CellFinished {
  CellResult result;
};
struct SecondPassStarted {
  std::string cell, check;
};
struct SecondPassFinished {
  std::string cell;
  SecondPass pass;
};
struct RunStopping {
  std::string reason;
};
struct RunFinished {
  bool complete = false;
  int exit_code = 0;
  std::string reason;  // the exit code in words
};

using Event = std::variant<RunStarted, ArtifactStarted, ArtifactReady, ArtifactUnavailable,
                           CellStarted, StageStarted, CheckFinished, CellFinished,
                           SecondPassStarted, SecondPassFinished, RunStopping, RunFinished>;

// Takes events from the one sink thread, in order. A failing recorder ends the run; other sinks
// never change anything.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual Result<> take(const Event& event) = 0;
  // Called several times a second while nothing happens, for what shows time.
  virtual void tick() {}
};

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace testbed
