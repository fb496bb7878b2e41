#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace testbed {

// What a command does once its options are read; returns the exit code.
using Action = std::function<int()>;

struct CommandRow {
  std::string_view name;
  std::string_view summary;
  Action (*declare)(CLI::App& app);  // adds the command's options to `app`
};

// Every command, in the order of --help.
const std::vector<CommandRow>& commands();

// Reads the command line and carries it out.
int run_command_line(int argc, char** argv);

Action declare_run(CLI::App& app);
Action declare_up(CLI::App& app);
Action declare_down(CLI::App& app);
Action declare_plan(CLI::App& app);
Action declare_validate(CLI::App& app);
Action declare_schema(CLI::App& app);
Action declare_list(CLI::App& app);
Action declare_doctor(CLI::App& app);
Action declare_versions(CLI::App& app);
Action declare_report(CLI::App& app);
Action declare_show(CLI::App& app);
Action declare_logs(CLI::App& app);
Action declare_why(CLI::App& app);
Action declare_archive(CLI::App& app);
Action declare_merge(CLI::App& app);
Action declare_rerun(CLI::App& app);
Action declare_resume(CLI::App& app);
Action declare_compare(CLI::App& app);
Action declare_gate(CLI::App& app);
Action declare_bisect(CLI::App& app);
Action declare_ablate(CLI::App& app);
Action declare_expect(CLI::App& app);
Action declare_shell(CLI::App& app);
Action declare_completion(CLI::App& app);

}  // namespace testbed
