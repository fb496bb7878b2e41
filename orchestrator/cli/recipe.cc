#include "orchestrator/cli/recipe.h"

#include <set>
#include <sstream>

#include "orchestrator/base/joined.h"
#include "orchestrator/base/subprocess.h"

namespace testbed {
namespace {

constexpr const char* kWithin =
    R"sh(# within SECONDS COMMAND...: again and again until it succeeds, at most that long.
within() {
  end=$(($(date +%s) + $1))
  shift
  until "$@" > "$out/last" 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || { cat "$out/last" >&2; exit 1; }
    sleep 1
  done
}
)sh";

// A word in double quotes where it has variables, which are then the script's own, else as
// quoted() has it.
std::string shell_word(const std::string& word) {
  if (word.find("${") == std::string::npos) return quoted({word});
  std::string text = "\"";
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool ours = word[i] == '$' && i + 1 < word.size() && word[i + 1] == '{';
    if (!ours && std::string("\"\\$`").find(word[i]) != std::string::npos) text += '\\';
    text += word[i];
  }
  return text + "\"";
}

std::string command(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) text += (text.empty() ? "" : " ") + shell_word(word);
  return text;
}

std::vector<std::string> as_run(const std::vector<std::string>& argv, const BundlePatch& patch) {
  std::vector<std::string> words = patch.prefix;
  const auto found = argv.empty() ? patch.of_program.end() : patch.of_program.find(argv[0]);
  const ProgramPatch of = found == patch.of_program.end() ? ProgramPatch{} : found->second;
  words.insert(words.end(), of.prefix.begin(), of.prefix.end());
  words.insert(words.end(), argv.begin(), argv.end());
  if (!of.instead.empty()) words[words.size() - argv.size()] = of.instead;
  words.insert(words.end(), of.arguments.begin(), of.arguments.end());
  return words;
}

void components(std::ostringstream& out, const BundlePatch& patch) {
  for (const auto& [name, value] : patch.environment)
    out << "export " << name << "=" << shell_word(value) << "\n";
  for (const InsideSetup& setup : patch.setup)
    out << "\nsay 'component " << setup.name << "'\n" << command(setup.argv) << "\n";
  for (const InsideProgram& program : patch.programs)
    out << "\nsay 'component " << program.name << "'\n"
        << command(program.argv) << " > \"$out/" << program.name << ".log\" 2>&1 &\nsleep 1\n";
}

std::string whole_seconds(milliseconds span) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(span).count());
}

void step(std::ostringstream& out, const CheckSpec& check, const Cell& cell,
          const BundlePatch& patch) {
  out << "\nsay '" << check.name << "'\n";
  if (!check.start.empty())
    out << command(as_run(check.start, patch)) << " > \"$out/" << check.name << ".log\" 2>&1 &\n";
  const milliseconds once = check.timeout.value_or(cell.limits.step);
  if (check.within) out << "within " << whole_seconds(*check.within) << " ";
  out << "timeout " << whole_seconds(once) << " " << command(as_run(check.argv, patch)) << "\n";
}

}  // namespace

std::string recipe_of(const Cell& cell, const BundlePatch& patch) {
  std::set<std::string> tools;
  for (const ToolSpec& tool : cell.tools) tools.insert(tool.name + "-" + tool.label);
  std::ostringstream out;
  out << "#!/bin/sh\n# Printed by `testbed up --print-recipe`: the approach " << cell.approach.name
      << ", for a person inside of a sandbox, as root.\n"
      << "# testbed: the folder of the test bed's programs (libexec/testbed of its build).\n"
      << "# tools: a folder with a folder for each of "
      << joined({tools.begin(), tools.end()}, ", ")
      << " (`testbed versions get` prints where they are).\n"
      << "# Debian packages: containerd runc iproute2 iptables curl procps socat.\n"
      << (patch.needs_cgroup_mount ? "# The sandbox has an OCI mount of type cgroup.\n" : "")
      << (patch.needs_fuse ? "# The sandbox has /dev/fuse.\n" : "") << "set -eu\n"
      << ": \"${testbed:?}\" \"${tools:?}\" \"${out:=/tmp/testbed-out}\"\n"
      << "address=$(ip -4 -o address show dev eth0 | sed 's/.* inet \\([0-9.]*\\).*/\\1/')\n"
      << "gateway=$(ip route show default | sed 's/.* via \\([0-9.]*\\).*/\\1/')\n"
      << "mkdir -p \"$out\"\n"
      << "PATH=$testbed";
  for (const ToolSpec& tool : cell.tools) out << ":$tools/" << tool.name;
  out << ":$PATH\nsay() { echo \"--- $*\"; }\n" << kWithin;
  for (const auto& [name, value] : patch.variables) out << name << "=" << shell_word(value) << "\n";
  components(out, patch);
  for (const CheckSpec& check : cell.checks) {
    if (check.is_rung) step(out, check, cell, patch);
  }
  return out.str();
}

}  // namespace testbed
