#include <CLI/CLI.hpp>
#include <memory>

#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"

namespace testbed {
namespace {

std::string names() {
  std::string text;
  for (const CommandRow& row : commands())
    text += (text.empty() ? "" : " ") + std::string(row.name);
  return text;
}

// The first word is a command; further ones are files, or what `testbed list` prints.
std::string bash_script() {
  return "_testbed() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]}\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W '" +
         names() +
         "' -- \"$word\")); return; fi\n"
         "  case ${COMP_WORDS[1]} in\n"
         "    run|plan|validate) COMPREPLY=($(compgen -f -W \"$(testbed list scenarios 2>/dev/null "
         "| cut -d' ' -f1)\" -- \"$word\")) ;;\n"
         "    report|show|logs|why) COMPREPLY=($(compgen -W \"latest $(testbed list runs "
         "2>/dev/null)\" -- \"$word\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -F _testbed testbed ./testbed\n";
}

std::string zsh_script() { return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(); }

std::string fish_script() {
  std::string text = "complete -c testbed -n __fish_use_subcommand -f\n";
  for (const CommandRow& row : commands()) {
    text += "complete -c testbed -n __fish_use_subcommand -f -a " + std::string(row.name) +
            " -d '" + std::string(row.summary) + "'\n";
  }
  return text;
}

}  // namespace

Action declare_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  app.add_option("shell", *shell, "bash, zsh, fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app.footer("Example: source <(testbed completion bash)");
  return [shell] {
    return print(*shell == "bash" ? bash_script() : *shell == "zsh" ? zsh_script() : fish_script());
  };
}

}  // namespace testbed
