#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace testbed {

// A mount of the OCI runtime specification.
struct OciMount {
  std::string destination, type, source;
  std::vector<std::string> options;
};

// A program that runs inside the sandbox, started before the first check. It prints one line that
// begins with "ready".
struct InsideProgram {
  std::string name;  // of the component
  std::vector<std::string> argv;
  std::string journal;  // file name below the cell's journal directory; empty: keeps none
};

// A command that is run once inside the sandbox, before any program, and must exit with 0.
struct InsideSetup {
  std::string name;  // of the component
  std::vector<std::string> argv;
};

// What a component changes of one program of the workload, wherever its name is the first word of a
// command.
struct ProgramPatch {
  std::vector<std::string> prefix;     // put in front; of several the first is outermost
  std::string instead;                 // the program that is run in its place; empty: itself
  std::vector<std::string> arguments;  // put behind its own

  void add(const ProgramPatch& other) {
    prefix.insert(prefix.end(), other.prefix.begin(), other.prefix.end());
    arguments.insert(arguments.end(), other.arguments.begin(), other.arguments.end());
    if (!other.instead.empty()) instead = other.instead;
  }
};

// What a component adds to a cell. Patches add up in the order of the approach's components.
struct BundlePatch {
  std::vector<OciMount> mounts;
  std::map<std::string, std::string> environment;
  std::vector<InsideSetup> setup;
  std::vector<InsideProgram> programs;
  std::vector<std::string> prefix;                 // put in front of every command
  std::map<std::string, ProgramPatch> of_program;  // by the program's name
  std::map<std::string, std::string> variables;    // for ${name} in commands
  bool needs_fuse = false;                         // a /dev/fuse that works
  bool needs_cgroup_mount = false;                 // the sandbox's own cgroups on /sys/fs/cgroup

  void add(const BundlePatch& other) {
    mounts.insert(mounts.end(), other.mounts.begin(), other.mounts.end());
    environment.insert(other.environment.begin(), other.environment.end());
    setup.insert(setup.end(), other.setup.begin(), other.setup.end());
    programs.insert(programs.end(), other.programs.begin(), other.programs.end());
    prefix.insert(prefix.end(), other.prefix.begin(), other.prefix.end());
    for (const auto& [name, patch] : other.of_program) of_program[name].add(patch);
    variables.insert(other.variables.begin(), other.variables.end());
    needs_fuse |= other.needs_fuse;
    needs_cgroup_mount |= other.needs_cgroup_mount;
  }
};

// Where things are inside every sandbox.
inline constexpr const char* kInsidePrograms = "/testbed/bin";  // agent, probe, cgroupfs: read-only
inline constexpr const char* kInsideTools = "/testbed/tools";   // one folder a tool: read-only
inline constexpr const char* kInsideJournals = "/testbed/out";  // the cell's journal directory

}  // namespace testbed
