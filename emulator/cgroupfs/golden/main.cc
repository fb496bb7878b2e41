#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include "emulator/cgroupfs/golden/comparison.h"
#include "emulator/cgroupfs/golden/player.h"
#include "emulator/cgroupfs/golden/script.h"
#include "emulator/cgroupfs/golden/table.h"

namespace testbed::golden {
namespace {

constexpr int kUsage = 64, kBadInput = 65, kUnavailable = 69;

constexpr const char* kHelp = R"(usage: cgroup-golden COMMAND [OPTION]...
Carries a fixed script of operations out on a cgroup tree, and compares what different trees answer.

  record --layout v1|v2 --tree DIR   on the tree below DIR: of v1 a directory per hierarchy, of v2 the root group
  record --layout v1|v2 --core       on the emulator itself, without a kernel between
      --as TARGET                    what the recording calls it (core or tree)
      --name NAME                    of the groups that it makes and removes (golden-PID)
      --enable-controllers           v2: switch controllers on at the root group
  compare --reference FILE... --as TARGET FILE
                                     differences that no reason explains; exit code 1 if there are any
  table --reference FILE... [TARGET=FILE]...
                                     the table, in Markdown; exit code 1 if there are differences by mistake
  script v1|v2                       the ids of all operations

Recordings are lines of JSON: a header, then a line per operation.

examples:
  cgroup-golden record --layout v1 --tree /sys/fs/cgroup > kernel.jsonl
  cgroup-golden record --layout v1 --core > core.jsonl
  cgroup-golden compare --reference kernel.jsonl --as core-v1 core.jsonl
)";

struct Arguments {
  std::string layout{}, tree{}, name{}, target{};
  bool core = false, enable = false;
  std::vector<std::string> references{}, files{};
};

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "cgroup-golden: %s\n", message.c_str());
  return code;
}

Result<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    std::string* value = word == "--layout" ? &arguments.layout
                         : word == "--tree" ? &arguments.tree
                         : word == "--name" ? &arguments.name
                         : word == "--as"   ? &arguments.target
                                            : nullptr;
    if (word == "--core") {
      arguments.core = true;
    } else if (word == "--enable-controllers") {
      arguments.enable = true;
    } else if (value != nullptr || word == "--reference") {
      if (i + 1 == words.size()) return Error{word + " needs a value"};
      ++i;
      if (value != nullptr) {
        *value = words[i];
      } else {
        arguments.references.push_back(words[i]);
      }
    } else if (word.starts_with("-")) {
      return Error{"unknown option " + word + "; --help tells more"};
    } else {
      arguments.files.push_back(word);
    }
  }
  return arguments;
}

Result<Script> script_of(const std::string& layout) {
  const std::string_view text = script_text(layout);
  if (text.empty()) return Error{"there is no script for layout '" + layout + "': v1 or v2"};
  auto script = parse_script(text);
  if (!script) return std::move(script).error().in("script of " + layout);
  return script;
}

std::string kernel_name() {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + " " + name.release;
}

Result<int> record(const Arguments& arguments) {
  const Script script = TRY(script_of(arguments.layout));
  if (arguments.core == !arguments.tree.empty()) return Error{"either --tree DIR or --core"};
  const auto tree =
      arguments.core ? make_core_tree(arguments.layout) : make_posix_tree(arguments.tree);
  const std::string name =
      arguments.name.empty() ? "golden-" + std::to_string(::getpid()) : arguments.name;
  Player player(*tree, script, name, arguments.enable || arguments.core);
  const std::string target = arguments.core ? "core" : "tree";
  Recording recording{.target = arguments.target.empty() ? target : arguments.target,
                      .layout = arguments.layout,
                      .kernel = kernel_name(),
                      .rows = TRY(player.play())};
  std::fputs(to_text(recording).c_str(), stdout);
  return 0;
}

Result<Reference> read_references(const std::vector<std::string>& files) {
  Reference reference;
  for (const std::string& file : files) {
    reference.recordings.push_back(TRY(read_recording(file)));
    reference.layout = reference.recordings.back().layout;
  }
  return reference;
}

Result<int> compare_one(const Arguments& arguments) {
  if (arguments.files.size() != 1 || arguments.target.empty() || arguments.references.empty()) {
    return Error{"compare --reference FILE --as TARGET FILE"};
  }
  const Reference reference = TRY(read_references(arguments.references));
  const Recording recording = TRY(read_recording(arguments.files[0]));
  const Script script = TRY(script_of(recording.layout));
  const Comparison comparison =
      compare(arguments.target, script, reference, recording, TRY(parse_reasons(reasons_text())));
  std::fputs(describe_faults(comparison).c_str(), stdout);
  std::fprintf(stderr, "%zu equal, %zu by intent, %zu by mistake, %zu without reference\n",
               comparison.count(Verdict::Equal), comparison.count(Verdict::ByIntent),
               comparison.count(Verdict::ByMistake), comparison.count(Verdict::NoReference));
  return comparison.holds() ? 0 : 1;
}

Result<int> print_table(const Arguments& arguments) {
  Table table{.reasons = TRY(parse_reasons(reasons_text()))};
  for (const std::string& file : arguments.references) {
    Recording recording = TRY(read_recording(file));
    const std::string layout = recording.layout;
    table.references[layout].layout = layout;
    table.references[layout].recordings.push_back(std::move(recording));
  }
  for (const auto& [layout, reference] : table.references) {
    table.scripts.emplace(layout, TRY(script_of(layout)));
  }
  for (const std::string& word : arguments.files) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return Error{"not TARGET=FILE: " + word};
    table.add(word.substr(0, equals), TRY(read_recording(word.substr(equals + 1))));
  }
  std::fputs(markdown_of(table).c_str(), stdout);
  for (const Comparison& comparison : table.comparisons) {
    if (is_judged(comparison.target)) std::fputs(describe_faults(comparison).c_str(), stderr);
  }
  return table.holds() ? 0 : 1;
}

Result<int> print_script(const Arguments& arguments) {
  const Script script = TRY(script_of(arguments.files.empty() ? "" : arguments.files[0]));
  for (const Section& section : script.sections) {
    for (const Operation& operation : section.operations) std::puts(operation.id.c_str());
  }
  return 0;
}

int run(const std::vector<std::string>& words) {
  struct Command {
    std::string_view name;
    Result<int> (*run)(const Arguments&);
  };
  constexpr Command kCommands[] = {{"record", record},
                                   {"compare", compare_one},
                                   {"table", print_table},
                                   {"script", print_script}};
  if (words.empty()) return fail(kUsage, "no command; --help tells more");
  if (words[0] == "--help") return std::fputs(kHelp, stdout), 0;
  const auto arguments = parse(words);
  if (!arguments) return fail(kUsage, arguments.error().message);
  for (const Command& command : kCommands) {
    if (command.name != words[0]) continue;
    const auto code = command.run(*arguments);
    return code ? *code
                : fail(words[0] == "record" ? kUnavailable : kBadInput, code.error().message);
  }
  return fail(kUsage, "no command is named " + words[0]);
}

}  // namespace
}  // namespace testbed::golden

int main(int argc, char** argv) { return testbed::golden::run({argv + 1, argv + argc}); }
