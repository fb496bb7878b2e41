// What a person waits for: --help, validate and the bootstrap script; see README.md.
#include <cstdio>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/bench/measure.h"
#include "orchestrator/cli/project.h"

namespace testbed {
namespace {

constexpr milliseconds kWithin(60'000);

struct Command {
  const char* name;
  std::vector<std::string> argv;
};

Result<> run_once(const Command& command, const fs::path& build) {
  ProcessSpec spec{.argv = command.argv};
  spec.env = {{"TESTBED_BUILD", build.string()}};
  TRY(must_succeed(std::move(spec), Deadline::after(kWithin)));
  return {};
}

void print(const std::vector<Command>& commands, Costs& costs) {
  const double base = median_seconds(costs[commands.front().name]);
  std::printf("median of %zu\n", costs[commands.front().name].size());
  std::printf("%-24s %8s %12s %8s\n", "", "ms", "more, ms", "ratio");
  for (const Command& command : commands) {
    const double time = median_seconds(costs[command.name]);
    std::printf("%-24s %8.2f %12.2f %8.1f\n", command.name, time * 1e3, (time - base) * 1e3,
                time / base);
  }
}

Result<> measure(int rounds) {
  const Project project = TRY(find_project());
  const fs::path build = project.programs.parent_path().parent_path();
  const std::string program = (build / "bin/testbed").string();
  const std::vector<Command> commands = {
      {"/bin/true", {"/bin/true"}},
      {"testbed --help", {program, "--help"}},
      {"testbed validate", {program, "validate"}},
      {"./testbed --help", {(project.root / "testbed").string(), "--help"}}};
  // Otherwise the script would build, and that is not what is measured.
  if (!fs::exists(build / "stamp"))
    return Error{build.string() + " is not the script's: run ./testbed --help with TESTBED_BUILD"};
  Costs costs;
  for (int round = 0; round < rounds; ++round) {
    for (const Command& command : commands) {
      Result<> last;
      costs[command.name].push_back(cost_of([&] { last = run_once(command, build); }));
      if (!last) return last;
    }
  }
  print(commands, costs);
  return {};
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) {
  return testbed::conclude(testbed::measure(testbed::number_argument(argc, argv, 30)));
}
