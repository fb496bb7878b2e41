#include "orchestrator/loader/command_checks.h"

#include <algorithm>
#include <set>

#include "orchestrator/loader/spelling.h"
#include "orchestrator/model/cell.h"

namespace testbed {
namespace {

// What every cell has besides axes and the scenario's own: the mount point of the approach's
// cgroups, what its cgroupfs tells besides, the programs, the tools, the journals, and both ends of
// its network.
const char* const kBuiltIn[] = {"cgroup", "extra", "cni_bin", "testbed",
                                "tools",  "out",   "address", "gateway"};

class CommandChecker {
 public:
  CommandChecker(const Scenario& scenario, ProblemList& problems) : problems_(problems) {
    variables_.assign(std::begin(kBuiltIn), std::end(kBuiltIn));
    for (const Axis& axis : scenario.axes) variables_.push_back(axis.name);
  }

  void variables(const std::vector<YamlEntry>& entries) {
    for (const YamlEntry& entry : entries) {
      if (is_variable(entry.key))
        problems_.add(entry.at, "the variable " + in_quotes(entry.key) + " is already there");
      variables_.push_back(entry.key);
    }
  }

  void checks(const std::vector<YamlNode>& items, std::string_view name_key) {
    for (const YamlNode& item : items) {
      if (const YamlNode* name = item.find(name_key)) check_name(*name);
      for (const char* key : {"start", "run"}) {
        for (const YamlNode& word : item.items_of(key)) check_word(word);
      }
      check_program(item);
    }
  }

 private:
  bool is_variable(const std::string& name) const {
    return std::find(variables_.begin(), variables_.end(), name) != variables_.end();
  }

  void check_name(const YamlNode& name) {
    if (!name.is_scalar()) return;
    if (name.text == kSandboxUp)
      problems_.add(name.at, "`sandbox-up` is the first rung of every cell: choose another name");
    else if (!names_.insert(name.text).second)
      problems_.add(name.at, "the name " + in_quotes(name.text) + " again");
  }

  void check_word(const YamlNode& word) {
    std::size_t begin = word.text.find("${");
    while (begin != std::string::npos) {
      const std::size_t end = word.text.find('}', begin);
      if (end == std::string::npos) {
        problems_.add(word.at, "`${` without `}`");
        return;
      }
      const std::string name = word.text.substr(begin + 2, end - begin - 2);
      if (!is_variable(name))
        problems_.add(word.at,
                      "no variable is named " + in_quotes(name) + did_you_mean(name, variables_));
      begin = word.text.find("${", end);
    }
  }

  // Only the probe program says how its operation ended.
  void check_program(const YamlNode& item) {
    const auto& run = item.items_of("run");
    if (run.empty() || !run.front().is_scalar()) return;
    if (run.front().text.empty()) problems_.add(run.front().at, "the command has no program");
    if (run.front().text == "probe") return;
    for (const YamlEntry& entry : item.entries) {
      if (entry.key == "errno" || entry.key == "value" || entry.key == "close")
        problems_.add(entry.at, in_quotes(entry.key) +
                                    " is an answer of `probe`; this command is " +
                                    in_quotes(run.front().text));
    }
  }

  ProblemList& problems_;
  std::vector<std::string> variables_;
  std::set<std::string> names_;
};

}  // namespace

void check_commands(const YamlNode& root, const Scenario& scenario, ProblemList& problems) {
  CommandChecker checker(scenario, problems);
  checker.variables(root.entries_of("variables"));
  checker.checks(root.items_of("ladder"), "rung");
  checker.checks(root.items_of("checks"), "check");
}

}  // namespace testbed
