#pragma once

#include "orchestrator/base/files.h"
#include "orchestrator/loader/scenario_loader.h"
#include "orchestrator/model/run_json.h"

namespace testbed {

// Where things are for one invocation.
struct Project {
  fs::path root;     // holds scenarios/ and images/
  fs::path results;  // root/results, or $TESTBED_RESULTS
  fs::path
      programs;  // agent, probe, cgroupfs: ../libexec/testbed beside the program's own directory
};

// $TESTBED_HOME, else the nearest directory upwards from here that holds scenarios/ and images/,
// else what is installed.
Result<Project> find_project();

// Prints what is wrong, one line a problem, and returns the exit code; only meaningful when there
// are problems.
int print_problems(const std::vector<Problem>& problems);
// "testbed: failed to ..." and the code.
int fail(int code, const std::string& message);

// The catalog, or the exit code after its problems were printed.
std::optional<Catalog> load_project_catalog(const Project& project, int& code);
// A scenario by its path, or by its name below scenarios/.
std::optional<Scenario> load_project_scenario(const Project& project, const Catalog& catalog,
                                              const std::string& name, int& code);
// A recorded run by id, unique prefix, path of its folder or archive, or "latest". Warns of what
// could not be read.
std::optional<Run> load_run(const Project& project, const std::string& name, int& code,
                            Detail detail = Detail::Everything);

// Prints to standard output.
int print(const std::string& text);

// Whether a stream shows colour: a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb.
bool shows_colour(int fd);
int terminal_width(int fd);

}  // namespace testbed
