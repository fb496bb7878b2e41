#include "differences.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <vector>

namespace conformance {
namespace {

// Differences that are known, with their cause. Empty words fit everything.
struct Known {
  std::string_view form, call, wanted, given;
  std::string_view cause;
};
constexpr Known kKnown[] = {
    {"", "rename", "EXDEV", "", "a redirection is no mount: both names lie in one file system"},
    {"", "link", "EXDEV", "", "a redirection is no mount: both names lie in one file system"},
    {"runs into a protected page", "", "EFAULT", "",
     "a kernel without process_vm_readv: ptrace(2) reads pages whatever their protection"},
    {"after chroot elsewhere", "", "", "",
     "not redirected: the directory lies outside of the process's root and has no path there"},
    {"", "bind", "", "", "not redirected: the path lies in a socket's address"},
    {"", "connect", "", "", "not redirected: the path lies in a socket's address"},
    {"dirfd", "execveat", "ENOENT", "ok",
     "a script below a close-on-exec directory has no name for its interpreter, but a redirected "
     "one has"},
    {"itself", "", "EBUSY", "", "a redirection is no mount that would make its directory busy"},
};

bool has_process_vm_readv() {
  char from = 0, to = 0;
  const iovec local{.iov_base = &to, .iov_len = 1}, remote{.iov_base = &from, .iov_len = 1};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 1;
}

bool fits(std::string_view pattern, std::string_view text) {
  return pattern.empty() || text.starts_with(pattern);
}

std::string_view cause_of(std::string_view form, std::string_view call, std::string_view wanted,
                          std::string_view given) {
  for (const Known& known : kKnown) {
    const bool by_ptrace = known.cause.starts_with("a kernel without process_vm_readv");
    if (by_ptrace && has_process_vm_readv()) continue;
    if (fits(known.form, form) && fits(known.call, call) && fits(known.wanted, wanted) &&
        fits(known.given, given))
      return known.cause;
  }
  return "";
}

struct Row {
  int equal = 0, known = 0, unexplained = 0;
};

}  // namespace

int report(const std::map<std::string, std::string>& wanted,
           const std::map<std::string, std::string>& given, const std::string& oracle,
           const std::string& decoy) {
  std::map<std::string, Row> rows;
  std::vector<std::string> lines;
  Row all;
  for (const auto& [key, answer] : wanted) {
    const std::size_t tab = key.find('\t');
    const std::string form = key.substr(0, tab);
    const std::string call = tab == std::string::npos ? "" : key.substr(tab + 1);
    const auto found = given.find(key);
    const std::string other = found == given.end() ? "no answer" : found->second;
    Row& row = rows[form];
    if (other == answer) {
      ++row.equal, ++all.equal;
      continue;
    }
    const std::string_view cause = cause_of(form, call, answer, other);
    ++(cause.empty() ? row.unexplained : row.known);
    ++(cause.empty() ? all.unexplained : all.known);
    lines.push_back("| " + form + " | " + call + " | " + answer + " | " + other + " | " +
                    (cause.empty() ? "**unexplained**" : std::string(cause)) + " |");
  }
  std::printf(
      "Compared with %s: %d cases, %d equal, %d differ with a known cause, %d unexplained.\n\n",
      oracle.c_str(), all.equal + all.known + all.unexplained, all.equal, all.known,
      all.unexplained);
  std::puts("| form of the path | equal | known | unexplained |\n| --- | --- | --- | --- |");
  for (const auto& [form, row] : rows)
    std::printf("| %s | %d | %d | %d |\n", form.c_str(), row.equal, row.known, row.unexplained);
  if (!lines.empty()) {
    std::puts("\n| form | call | kernel | interposer | cause |\n| --- | --- | --- | --- | --- |");
    for (const std::string& line : lines) std::puts(line.c_str());
  }
  if (!decoy.empty())
    std::printf("\nThe files that the redirection hides were touched:%s\n", decoy.c_str());
  const auto ended = given.find("ended");
  if (ended != given.end()) std::printf("\nThe interposer ended with %s\n", ended->second.c_str());
  return all.unexplained == 0 && decoy.empty() && ended == given.end() ? 0 : 1;
}

}  // namespace conformance
