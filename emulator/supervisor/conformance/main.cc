// Tries every call of the table with every form of a path, once with a bind mount (or a copy) where
// the redirection's target shall be seen, and once under an interposer that redirects to it. What
// the kernel says in the first case is what the interposer must give in the second.
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "calls_table.h"
#include "differences.h"
#include "forms.h"
#include "tree.h"

namespace conformance {
namespace {

namespace fs = std::filesystem;

constexpr int kUsage = 64, kInternal = 70;
constexpr unsigned kCaseSeconds = 20;  // inside a sandbox on a busy machine
constexpr const char* kQuickCalls[] = {
    "open", "openat", "lstat", "readlink", "chdir and getcwd", "symlinkat", "execve"};

bool is_quick(const PathCall& call) {
  for (const char* name : kQuickCalls) {
    if (std::strcmp(name, call.name) == 0) return true;
  }
  return false;
}

// A line break inside an answer would end the record.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = '|';
  }
  return text;
}

void say(const std::string& line) {
  [[maybe_unused]] const ssize_t written = ::write(1, line.data(), line.size());
}

// In a process of its own: forms change its root, its directory and its descriptors.
void run_case(const Form& form, const PathCall& call, const std::string& root) {
  const std::string key = std::string(form.name) + "\t" + call.name + "\t";
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(kCaseSeconds);
    if (::chdir(root.c_str()) != 0) ::_exit(1);
    const int fd = form.prepare == nullptr ? -100 /* AT_FDCWD */ : form.prepare(root);
    const Answer answer =
        fd == -2 ? "cannot be prepared" : call.make({fd, text_of(form, call, root)});
    say(key + one_line(answer) + "\n");
    ::_exit(0);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid)
    say(key + "no process\n");
  else if (WIFSIGNALED(status))
    say(key + "killed by signal " + std::to_string(WTERMSIG(status)) + "\n");
}

int run(const std::string& root, bool quick) {
  bool fresh = false;
  for (const Form& form : forms()) {
    for (const PathCall& call : path_calls()) {
      if ((form.needs_fd && !call.takes_fd) || (form.looks_only && call.changes)) continue;
      if (quick && !is_quick(call)) continue;
      if (!fresh) make_tree(root);
      run_case(form, call, root);
      fresh = !call.changes;
    }
  }
  return 0;
}

using Answers = std::map<std::string, std::string>;  // "form\tcall" -> answer

Answers read_answers(std::FILE* from) {
  Answers answers;
  char line[8192];
  while (std::fgets(line, sizeof line, from) != nullptr) {
    const std::string text(line, std::strcspn(line, "\n"));
    const std::size_t tab = text.rfind('\t');
    if (tab != std::string::npos) answers[text.substr(0, tab)] = text.substr(tab + 1);
  }
  return answers;
}

// The answers of `prefix... us run ROOT`.
Answers answers_of(std::vector<std::string> prefix, const std::string& root, bool quick) {
  prefix.insert(prefix.end(), {"/proc/self/exe", quick ? "run-quick" : "run", root});
  if (prefix.front() != "/proc/self/exe")
    prefix[prefix.size() - 3] = fs::read_symlink("/proc/self/exe");
  int fds[2];
  if (::pipe(fds) != 0) return {};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(fds[1], 1);
    ::close(fds[0]);
    ::close(fds[1]);
    std::vector<char*> argv;
    for (std::string& word : prefix) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    std::perror(argv[0]);
    ::_exit(127);
  }
  ::close(fds[1]);
  std::FILE* const from = ::fdopen(fds[0], "r");
  Answers answers = read_answers(from);
  std::fclose(from);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) answers["ended"] = "wait status " + std::to_string(status);
  return answers;
}

// The kernel's own answers: `real` mounted over `shown`, or moved there where mounts are refused.
Answers oracle(const std::string& root, bool quick, std::string& how) {
  make_tree_new(root);
  const std::string shown = root + "/shown", real = root + "/real";
  how = "a bind mount";
  if (::mount(real.c_str(), shown.c_str(), nullptr, MS_BIND, nullptr) != 0) return {};
  Answers answers = answers_of({}, root, quick);
  ::umount2(shown.c_str(), MNT_DETACH);
  return answers;
}

int compare(const std::vector<std::string>& interposer, bool quick) {
  char directory[] = "/tmp/conformance-XXXXXX";
  if (::mkdtemp(directory) == nullptr) return std::perror("mkdtemp"), kInternal;
  const std::string top = directory, root = top + "/tree";
  std::string how;
  const Answers wanted = oracle(root, quick, how);
  make_tree_new(root);
  std::vector<std::string> prefix = interposer;
  prefix.insert(prefix.end(), {"--rule", "redirect " + root + "/shown -> " + root + "/real", "--"});
  const Answers given = answers_of(prefix, root, quick);
  const std::string decoy = decoy_changed(root);
  std::error_code ignored;
  fs::remove_all(top, ignored);
  if (wanted.empty()) {
    std::fprintf(stderr, "conformance: no answers to compare with: a bind mount is refused here\n");
    return kInternal;
  }
  return report(wanted, given, how, decoy);
}

constexpr const char* kHelp =
    "usage: supervisor-conformance [--quick|--full] -- INTERPOSER [OPTION...]\n"
    "Compares what system calls answer under `INTERPOSER OPTION... --rule 'redirect A -> B' --\n"
    "PROGRAM` with what they answer where B is mounted on A. Prints a table in Markdown and every\n"
    "difference. Needs root.\n"
    "\n"
    "Exit codes: 0 no unexplained difference, 1 at least one, 64 usage, 70 nothing to compare "
    "with.\n"
    "\n"
    "example: supervisor-conformance -- supervisor\n";

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  using namespace conformance;
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0].starts_with("run")) return run(words[1], words[0] != "run");
  std::size_t at = 0;
  const bool quick = !words.empty() && words[0] == "--quick";
  if (quick || (!words.empty() && words[0] == "--full")) ++at;
  if (at < words.size() && words[at] == "--help") return std::fputs(kHelp, stdout), 0;
  if (at + 1 >= words.size() || words[at] != "--") return std::fputs(kHelp, stderr), kUsage;
  return compare({words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end()}, quick);
}
