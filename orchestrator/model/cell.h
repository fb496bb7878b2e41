#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/model/approach.h"
#include "orchestrator/model/scenario.h"

namespace testbed {

// How a sandbox is set up.
struct SandboxSpec {
  enum class Kind { Runsc, Native, Here, Fake };
  Kind kind = Kind::Fake;
  std::string label;     // the axis value: "runsc-20240722+ptrace", "native"
  std::string version;   // runsc: "20240722"
  std::string platform;  // runsc: "systrap", "ptrace", "kvm"; empty: the version's default
};

// The sandbox an axis value names; an error says what the forms are.
Result<SandboxSpec> parse_sandbox(const std::string& label);

// A program of images/ that comes into a sandbox.
struct ToolSpec {
  std::string name, label;  // "kubernetes", "1.34.3"
};

// One coordinate, fully resolved: running it needs nothing else.
struct Cell {
  std::string id;  // "exp07/fuse-cgroup+runsc-20240722": safe as path, JUnit name and shell word
  std::map<std::string, std::string> coordinates;  // axis -> value
  SandboxSpec sandbox;
  Approach approach;
  std::string image;
  std::string network = "none";  // "none" or "sandbox", as in Scenario
  std::vector<ToolSpec> tools;
  std::vector<CheckSpec> checks;  // those this cell has; variables not yet substituted
  Limits limits;
  std::map<std::string, std::string> variables;
  std::vector<Expectation> expectations;  // those that select this cell
  std::string excluded_because;           // not empty: stays in the matrix and is not run
  bool by_default = true;                 // taken by a plain run

  bool is_control() const { return sandbox.kind == SandboxSpec::Kind::Native; }
};

// The expanded scenario: row-major over the axes, controls included, excluded cells with their
// reason.
struct Matrix {
  std::string scenario;
  std::string question;
  std::vector<Axis> axes;
  std::vector<Cell> cells;
};

// Names of the rungs of a cell, lowest first, the built-in "sandbox-up" included.
std::vector<std::string> rungs_of(const Cell& cell);
inline constexpr const char* kSandboxUp = "sandbox-up";
// How an expectation names that not even that rung is reached.
inline constexpr const char* kNoRung = "none";

}  // namespace testbed
