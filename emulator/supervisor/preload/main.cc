// Starts a program with the preloaded library beside this one, and says whether the library can
// reach it.
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "program_kind.h"
#include "rules.h"

namespace {

constexpr int kUsage = 64, kBadValue = 65, kMissing = 69;

constexpr const char* kHelp =
    "usage: preload [--rule TEXT]... [--journal PATH] [--library PATH] [--] PROGRAM [ARG...]\n"
    "Runs PROGRAM with preload.so in LD_PRELOAD: path redirection and types of file systems, for\n"
    "programs that are linked dynamically. What the supervisor beside it is compared with.\n"
    "\n"
    "  --rule 'redirect A -> B'        functions of the C library see B where A was asked for\n"
    "  --rule 'statfs PATH as TYPE'    statfs and fstatfs of PATH and below say TYPE: ext4, "
    "tmpfs,\n"
    "                                  9p, cgroup, cgroup2, overlay\n"
    "  --journal PATH                  one JSON object a line: STATIC or DYNAMIC for PROGRAM, "
    "then\n"
    "                                  LOADED from each process that the library reached\n"
    "  --library PATH                  the library [preload.so beside this program]\n"
    "\n"
    "Exit codes: that of PROGRAM; 64 usage, 65 a rule is not understood, 69 the library or "
    "PROGRAM\n"
    "is not there.\n"
    "\n"
    "example: preload --rule 'redirect /etc/hostname -> /tmp/name' cat /etc/hostname\n";

std::string library_beside_us() {
  char path[preload::kPathLimit];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) return "preload.so";
  const std::string program(path, static_cast<std::size_t>(length));
  return program.substr(0, program.rfind('/') + 1) + "preload.so";
}

// One line, one write: whoever has the program's output finds it.
void journal_kind(const char* file, const char* op) {
  const int fd = ::open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return;
  timeval now{};
  ::gettimeofday(&now, nullptr);
  char line[160];
  const int length = std::snprintf(
      line, sizeof line, "{\"t\":%lld,\"seq\":0,\"op\":\"%s\",\"errno\":null,\"pid\":%d}\n",
      now.tv_sec * 1000000LL + now.tv_usec, op, ::getpid());
  [[maybe_unused]] const ssize_t written = ::write(fd, line, static_cast<std::size_t>(length));
  ::close(fd);
}

void say_kind(const std::string& program, const char* journal) {
  switch (preload::kind_of(program)) {
    case preload::ProgramKind::Dynamic:
      if (journal) journal_kind(journal, "DYNAMIC");
      return;
    case preload::ProgramKind::Static:
      if (journal) journal_kind(journal, "STATIC");
      std::fprintf(stderr, "preload: %s is linked statically: the library cannot reach it\n",
                   program.c_str());
      return;
    case preload::ProgramKind::Unreadable:
      return;  // execvp(3) will say why
  }
}

int complain(int code, const char* what, const char* object) {
  std::fprintf(stderr, "preload: %s: %s\n", what, object);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto rules = std::make_unique<preload::Rules>();
  std::string lines, library = library_beside_us();
  const char* journal = nullptr;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view option = argv[at];
    if (option == "--") {
      ++at;
      break;
    }
    if (option == "--help") return std::fputs(kHelp, stdout), 0;
    const char* const value = at + 1 < argc ? argv[++at] : nullptr;
    if (option == "--rule" && value) {
      if (!preload::add_rule(*rules, value, std::strlen(value)))
        return complain(kBadValue, "this rule is not understood; see --help", value);
      lines += std::string(value) + "\n";
    } else if (option == "--journal" && value) {
      journal = value;
    } else if (option == "--library" && value) {
      library = value;
    } else {
      return complain(kUsage, "not understood; see --help", option.data());
    }
  }
  if (at == argc) return std::fputs(kHelp, stderr), kUsage;
  if (::access(library.c_str(), R_OK) != 0)
    return complain(kMissing, std::strerror(errno), library.c_str());
  ::setenv("LD_PRELOAD", library.c_str(), 1);
  ::setenv(preload::kRulesVariable, lines.c_str(), 1);
  if (journal) ::setenv(preload::kJournalVariable, journal, 1);
  say_kind(preload::find_in_path(argv[at]), journal);
  ::execvp(argv[at], argv + at);
  return complain(kMissing, std::strerror(errno), argv[at]);
}
