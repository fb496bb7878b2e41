#include "emulator/supervisor/rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "emulator/supervisor/rule_words.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::supervisor {
namespace {

constexpr int kMostErrno = 133;

// linux/magic.h and statfs(2).
constexpr auto kMagics = std::to_array<std::pair<std::string_view, std::uint64_t>>({
    {"cgroup", 0x27e0eb},      {"cgroup2", 0x63677270},  {"tmpfs", 0x01021994},
    {"ext2", 0xef53},          {"ext3", 0xef53},         {"ext4", 0xef53},
    {"xfs", 0x58465342},       {"btrfs", 0x9123683e},    {"overlay", 0x794c7630},
    {"9p", 0x01021997},        {"fuse", 0x65735546},     {"proc", 0x9fa0},
    {"sysfs", 0x62656572},     {"nfs", 0x6969},          {"squashfs", 0x73717368},
    {"ramfs", 0x858458f6},     {"devpts", 0x1cd1},       {"debugfs", 0x64626720},
    {"tracefs", 0x74726163},   {"bpf", 0xcafe4a11},      {"securityfs", 0x73636673},
    {"hugetlbfs", 0x958458f6}, {"mqueue", 0x19800202},   {"zfs", 0x2fc12fc1},
    {"vfat", 0x4d44},          {"isofs", 0x9660},        {"nsfs", 0x6e736673},
    {"pstore", 0x6165676c},    {"configfs", 0x62656570}, {"erofs", 0xe0f5e1e2},
});

// One line of rules while it is read.
class Line {
 public:
  Line(std::string_view where, int number, std::string_view text, std::vector<Problem>& problems)
      : where_(where), number_(number), words_(text), problems_(problems) {}

  bool has_more() { return words_.has_more(); }
  Word next() {
    Word word = words_.next();
    if (!word.problem.empty()) problem(word, word.problem);
    return word;
  }
  std::string rest() { return words_.rest(); }

  void problem(const Word& word, std::string message) {
    failed_ = true;
    problems_.push_back({std::string(where_), number_, word.column, std::move(message)});
  }
  bool failed() const { return failed_; }

  // The next word must be this one.
  bool expect(std::string_view wanted) {
    const Word word = next();
    if (word.text == wanted && !word.quoted) return true;
    problem(word, "`" + std::string(wanted) + "` is expected here" + found(word));
    return false;
  }

  // An absolute path in its normal form.
  std::string path() {
    const Word word = next();
    if (word.text.empty() || word.text[0] != '/') {
      problem(word, "an absolute path is expected here" + found(word));
      return "/";
    }
    std::string normal;
    for (const std::string_view part : components(word.text)) {
      if (part == "..") problem(word, "a path of a rule has no `..`: " + word.text);
      if (part != ".") normal += "/" + std::string(part);
    }
    if (word.text.size() >= 4096) problem(word, "a path is shorter than 4096 bytes");
    if (word.text.find('\0') != std::string::npos) problem(word, "a path holds no NUL");
    return normal.empty() ? "/" : normal;
  }

  static std::string found(const Word& word) {
    return word.text.empty() ? ", and the line ends" : ", not `" + word.text + "`";
  }

 private:
  std::string_view where_;
  int number_;
  Words words_;
  std::vector<Problem>& problems_;
  bool failed_ = false;
};

const Call* read_call(Line& line) {
  const Word word = line.next();
  const Call* call = find_call(word.text);
  if (call == nullptr)
    line.problem(word, "no system call is known by the name `" + word.text + "`");
  return call;
}

std::size_t count_stars(std::string_view path) {
  const auto parts = components(path);
  return static_cast<std::size_t>(std::count(parts.begin(), parts.end(), "*"));
}

bool is_below(std::string_view path, std::string_view root) {
  return root == "/" ||
         (path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/'));
}

void read_redirect(Line& line, Rules& rules) {
  const Word at{.column = 1};
  Redirect rule{.from = line.path(), .to = {}};
  if (!line.expect("->")) return;
  rule.to = line.path();
  if (line.failed()) return;
  if (rule.from == "/") line.problem(at, "the root cannot be redirected");
  if (is_below(rule.to, rule.from)) {
    line.problem(at, "the target lies within what is redirected: " + rule.to);
  }
  if (count_stars(rule.to) > count_stars(rule.from)) {
    line.problem(at, "the target has more `*` than the path before the arrow");
  }
  for (const Redirect& other : rules.redirects) {
    if (other.from == rule.from && other.to != rule.to) {
      line.problem(at, rule.from + " is already redirected, to " + other.to);
    }
  }
  if (!line.failed()) rules.redirects.push_back(std::move(rule));
}

std::uint64_t read_type(Line& line) {
  const Word word = line.next();
  std::uint64_t type = file_system_magic(word.text);
  if (type == 0 && word.text.starts_with("0x")) {
    const char* const end = word.text.data() + word.text.size();
    if (std::from_chars(word.text.data() + 2, end, type, 16).ptr != end) type = 0;
  }
  if (type == 0) {
    line.problem(word, "`" + word.text + "` is neither a known file system nor a number 0x...");
  }
  return type;
}

void read_statfs(Line& line, Rules& rules) {
  StatfsType rule{.path = line.path()};
  if (!line.expect("as")) return;
  rule.type = read_type(line);
  for (const StatfsType& other : rules.statfs_types) {
    if (other.path == rule.path && other.type != rule.type) {
      line.problem({.column = 1}, rule.path + " already has another type");
    }
  }
  if (!line.failed()) rules.statfs_types.push_back(std::move(rule));
}

void read_mount(Line& line, Rules& rules) {
  MountLine rule{.path = line.path(), .type = {}};
  if (!line.expect("as")) return;
  rule.type = line.next().text;
  if (rule.type.empty()) line.problem({.column = 1}, "the type of the file system is missing");
  while (line.has_more()) {
    const Word key = line.next();
    std::string* value = key.text == "source"    ? &rule.source
                         : key.text == "options" ? &rule.options
                         : key.text == "root"    ? &rule.root
                                                 : nullptr;
    if (value == nullptr) {
      return line.problem(key,
                          "`source`, `options` or `root` is expected here, not `" + key.text + "`");
    }
    *value = line.next().text;
    if (value->empty()) line.problem(key, "`" + key.text + "` needs a value");
  }
  if (!line.failed()) rules.mount_lines.push_back(std::move(rule));
}

void read_file(Line& line, Rules& rules) {
  VirtualFile rule{.path = line.path()};
  if (!line.expect("=")) return;
  const Word word = line.next();
  if (word.text.starts_with("!") && !word.quoted) {
    if (word.text.size() > 1) rule.command.push_back(word.text.substr(1));
    while (line.has_more()) rule.command.push_back(line.next().text);
    if (rule.command.empty()) line.problem(word, "the command is missing");
  } else if (word.quoted) {
    rule.content = word.text;
  } else {
    line.problem(word, "\"CONTENT\" or !COMMAND is expected here" + Line::found(word));
  }
  if (!line.failed()) rules.files.push_back(std::move(rule));
}

void read_every(Line& line, Failing& rule) {
  const Word word = line.next();
  const char* const end = word.text.data() + word.text.size();
  const auto read = std::from_chars(word.text.data(), end, rule.every);
  if (read.ptr != end || read.ec != std::errc() || rule.every == 0) {
    line.problem(word, "a number from 1 is expected after `every`" + Line::found(word));
  }
}

void read_fail(Line& line, Rules& rules) {
  Failing rule{.call = read_call(line)};
  Word word = line.next();
  if (word.text == "on") {
    rule.path = line.path();
    if (rule.call != nullptr && !rule.call->takes_path() && rule.call->name != "fstatfs") {
      line.problem(word, std::string(rule.call->name) + " takes no path");
    }
    word = line.next();
  }
  if (word.text != "with") {
    return line.problem(word, "`on PATH` or `with ERRNO` is expected here" + Line::found(word));
  }
  const Word name = line.next();
  rule.error = errno_number(name.text);
  if (rule.error == 0) line.problem(name, "no such errno: `" + name.text + "`");
  if (line.has_more() && line.expect("every")) read_every(line, rule);
  if (!line.failed()) rules.failing.push_back(std::move(rule));
}

void read_log(Line& line, Rules& rules) {
  if (const Call* call = read_call(line)) rules.logged.push_back(call);
}

void read_mountcall(Line& line, Rules& rules) {
  if (line.expect("without") && line.expect("rec")) rules.mount_without_rec = true;
}

struct Kind {
  std::string_view name;
  void (*read)(Line&, Rules&);
};

constexpr auto kKinds = std::to_array<Kind>({
    {"redirect", read_redirect},
    {"statfs", read_statfs},
    {"mount", read_mount},
    {"file", read_file},
    {"fail", read_fail},
    {"log", read_log},
    {"mountcall", read_mountcall},
});

void read_line(Line& line, Rules& rules) {
  const Word word = line.next();
  const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(),
                                        [&](const Kind& k) { return k.name == word.text; });
  if (kind == kKinds.end()) {
    std::string names;
    for (const Kind& known : kKinds) names += (names.empty() ? "" : ", ") + std::string(known.name);
    return line.problem(word, "no rule begins with `" + word.text + "`; there are " + names);
  }
  kind->read(line, rules);
  if (!line.failed() && line.has_more()) {
    const Word extra = line.next();
    line.problem(extra, "nothing is expected here, not `" + extra.text + "`");
  }
}

}  // namespace

void parse_rules(std::string_view where, std::string_view text, Rules& rules,
                 std::vector<Problem>& problems) {
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line_text = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    Line line(where, ++number, line_text, problems);
    if (line.has_more()) read_line(line, rules);
  }
}

std::uint64_t file_system_magic(std::string_view name) {
  for (const auto& [known, magic] : kMagics) {
    if (known == name) return magic;
  }
  return 0;
}

int errno_number(std::string_view name) {
  for (int error = 1; error <= kMostErrno; ++error) {
    if (errno_name(error) == name) return error;
  }
  return 0;
}

}  // namespace testbed::supervisor
