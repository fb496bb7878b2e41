#include "emulator/supervisor/options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "orchestrator/base/files.h"

namespace testbed::supervisor {
namespace {

constexpr std::size_t kMostRules = std::size_t{1} << 20;

class Parser {
 public:
  explicit Parser(std::span<const std::string> arguments) : arguments_(arguments) {}

  ParsedOptions parse() {
    for (; next_ < arguments_.size(); ++next_) {
      const std::string& word = arguments_[next_];
      if (word == "--") {
        ++next_;
        break;
      }
      if (!word.starts_with("-")) break;
      take_option(word);
    }
    parsed_.options.program.assign(
        arguments_.begin() + static_cast<std::ptrdiff_t>(std::min(next_, arguments_.size())),
        arguments_.end());
    Options& options = parsed_.options;
    if (options.program.empty() && !options.help && !options.version) {
      usage("no PROGRAM was given");
    }
    return std::move(parsed_);
  }

 private:
  struct Option {
    std::string_view name;
    bool takes_value;
    void (*apply)(Parser& parser, const std::string& value);
  };
  static const std::array<Option, 10> kOptions;

  void usage(std::string message) { parsed_.errors.push_back({kExitUsage, std::move(message)}); }
  void bad(std::string message) { parsed_.errors.push_back({kExitBadRules, std::move(message)}); }

  void take_option(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto* const row = std::find_if(kOptions.begin(), kOptions.end(),
                                         [&](const Option& option) { return option.name == name; });
    if (row == kOptions.end()) return usage("unknown option " + name);
    std::string value;
    if (equals != std::string::npos) {
      if (!row->takes_value) return usage(name + " takes no value");
      value = word.substr(equals + 1);
    } else if (row->takes_value) {
      if (next_ + 1 >= arguments_.size()) return usage(name + " needs a value");
      value = arguments_[++next_];
    }
    row->apply(*this, value);
  }

  void add_rules(const std::string& where, const std::string& text) {
    std::vector<Problem> problems;
    parse_rules(where, text, parsed_.options.rules, problems);
    for (const Problem& problem : problems) bad(problem.text());
  }

  void add_file(const std::string& path) {
    auto text = read_file(path, kMostRules);
    if (!text) return bad(text.error().message);
    add_rules(path, *text);
  }

  void set_ready_fd(const std::string& value) {
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, parsed_.options.ready.fd);
    if (read.ptr != end || read.ec != std::errc() || parsed_.options.ready.fd < 0) {
      usage("--ready-fd " + value + ": not the number of a descriptor");
    }
  }

  std::span<const std::string> arguments_;
  std::size_t next_ = 0;
  ParsedOptions parsed_{};
};

using Value = const std::string&;
const std::array<Parser::Option, 10> Parser::kOptions{{
    {"--rule", true, [](Parser& p, Value value) { p.add_rules("--rule", value); }},
    {"--rules", true, [](Parser& p, Value value) { p.add_file(value); }},
    {"--journal", true, [](Parser& p, Value value) { p.parsed_.options.journal = value; }},
    {"--summary", false, [](Parser& p, Value) { p.parsed_.options.summary = true; }},
    {"--explain", false, [](Parser& p, Value) { p.parsed_.options.explain = true; }},
    {"--trace-all", false, [](Parser& p, Value) { p.parsed_.options.trace_all = true; }},
    {"--ready-fd", true, [](Parser& p, Value value) { p.set_ready_fd(value); }},
    {"--ready-file", true, [](Parser& p, Value value) { p.parsed_.options.ready.path = value; }},
    {"--help", false, [](Parser& p, Value) { p.parsed_.options.help = true; }},
    {"--version", false, [](Parser& p, Value) { p.parsed_.options.version = true; }},
}};

}  // namespace

ParsedOptions parse_options(std::span<const std::string> arguments) {
  return Parser(arguments).parse();
}

std::string help_text() {
  return R"(usage: supervisor [OPTION]... [--] PROGRAM [ARG...]
Runs PROGRAM and all it starts, and changes what some system calls do, as rules tell. Calls that no
rule concerns are not slowed down. It serves compatibility and is no security boundary.

  --rule TEXT        one rule; may be repeated
  --rules FILE       rules from a file, one a line; # begins a comment
  --journal PATH     append a line of JSON per call that a rule changed or logs
  --summary          at the end, a table of the handled calls on standard error
  --explain          tell every change on standard error
  --ready-fd N       write "ready PID" to that descriptor once PROGRAM runs
  --ready-file PATH  create that file then
  --trace-all        stop at every call: what a tracer without a filter costs
  --help, --version

Rules:
  redirect PATH -> PATH                 what takes the first path gets the second, and so below it;
                                        a component * stands for a process id
  statfs PATH as TYPE                   the type that statfs and fstatfs tell there and below:
                                        cgroup, cgroup2, tmpfs, ext4, overlay, 9p, ... or 0x...
  mount PATH as FSTYPE [source S] [options O] [root R]
                                        what mountinfo and mounts in /proc tell of the mount there;
                                        the line is added if there is none
  file PATH = "CONTENT"                 a file that can be read, whether or not there is one
  file PATH = !COMMAND [ARG]...         the same with what COMMAND prints, each time it is opened
  fail CALL [on PATH] with ERRNO [every N]
  log CALL
  mountcall without rec                 MS_REC is taken out of the flags of mount(2)

Examples:
  supervisor --rule 'redirect /sys/fs/cgroup -> /run/cg' -- ls /sys/fs/cgroup
  supervisor --rule 'statfs /sys/fs/cgroup as cgroup2' -- stat -f /sys/fs/cgroup
  supervisor --rule 'fail openat on /etc/passwd with EACCES' --explain -- getent passwd

Exit status: that of PROGRAM, 128+N if signal N ended it, 127 if it was not found, 126 if it could
not be executed; 64 wrong usage, 65 wrong rules, 69 something required is not there, 70 internal,
77 not permitted to trace.
)";
}

}  // namespace testbed::supervisor
