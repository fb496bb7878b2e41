// Runs a test program of the Go toolchain (`go test -c`) by itself and under an interposer, and
// compares test by test. A test that comes out differently is tried again, alone: many of them
// depend on time.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kUsage = 64;
constexpr int kRepeats = 3;
constexpr const char* kTimeout = "-test.timeout=300s";

using Words = std::vector<std::string>;
using Results = std::map<std::string, std::string>;  // test -> PASS, FAIL or SKIP

// Differences that an interposer cannot help, by the beginning of the test's name.
struct Known {
  std::string_view test, cause;
};
constexpr Known kKnown[] = {
    {"TestPdeathsig", "the parent of the first process is the supervisor"},
    {"TestPtrace", "a process has one tracer, and that is the supervisor"},
    {"TestDebugCall", "it skips where somebody traces it"},
    {"TestGdb", "gdb traces its program, and a process has one tracer"},
    {"TestUsingVDSO", "strace traces its program, and a process has one tracer"},
    {"TestUseCgroupFD", "clone3 is refused, so that no child is started past the filter's eyes"},
};

std::string_view cause_of(std::string_view test) {
  for (const Known& known : kKnown) {
    if (test.starts_with(known.test)) return known.cause;
  }
  return "";
}

// "--- PASS: TestName (0.00s)"; subtests are indented.
void read_line(std::string_view line, Results& results) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || !line.substr(begin).starts_with("--- ")) return;
  const std::string_view rest = line.substr(begin + 4);
  const std::size_t colon = rest.find(": ");
  if (colon != 4) return;
  const std::string_view name = rest.substr(6);
  results[std::string(name.substr(0, name.find(' ')))] = rest.substr(0, 4);
}

Results run(Words words) {
  Results results;
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return results;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(fds[1], 1);
    ::dup2(fds[1], 2);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(fds[1]);
  std::FILE* const from = ::fdopen(fds[0], "r");
  char line[4096];
  while (std::fgets(line, sizeof line, from) != nullptr)
    read_line({line, std::strcspn(line, "\n")}, results);
  std::fclose(from);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFEXITED(status)) results["(the program)"] = "DIED";
  return results;
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// PROGRAM's own arguments come last: they overrule these.
Words started(const Words& program, const Words& flags) {
  return with(with({program.front()}, flags), {program.begin() + 1, program.end()});
}

// Whether the two come to the same in one of some further tries of the test alone.
bool agrees_later(const Words& interposer, const Words& program, const std::string& test) {
  const std::string top = test.substr(0, test.find('/'));
  const Words once = with(started(program, {"-test.v", kTimeout}), {"-test.run=^" + top + "$"});
  for (int i = 0; i < kRepeats; ++i) {
    if (run(once) == run(with(interposer, once))) return true;
  }
  return false;
}

std::string of(const Results& results, const std::string& test) {
  const auto found = results.find(test);
  return found == results.end() ? "not run" : found->second;
}

int compare(const Words& interposer, const Words& program) {
  const Words all = started(program, {"-test.v", "-test.short", kTimeout});
  const Results plain = run(all);
  const Results given = run(with(interposer, all));
  Results both = plain;
  both.insert(given.begin(), given.end());
  int equal = 0, later = 0, known = 0, unexplained = 0;
  for (const auto& [test, unused] : both) {
    const std::string alone = of(plain, test), under = of(given, test);
    if (alone == under) {
      ++equal;
      continue;
    }
    const std::string_view cause = cause_of(test);
    if (!cause.empty()) {
      ++known;
    } else if (agrees_later(interposer, program, test)) {
      ++later;
      continue;
    } else {
      ++unexplained;
    }
    std::printf("%s: %s alone, %s under the interposer: %s\n", test.c_str(), alone.c_str(),
                under.c_str(), cause.empty() ? "unexplained" : std::string(cause).c_str());
  }
  std::printf(
      "%d tests: %d equal, %d equal when repeated alone, %d with a known cause, %d unexplained\n",
      equal + later + known + unexplained, equal, later, known, unexplained);
  return equal > 0 && unexplained == 0 ? 0 : 1;
}

constexpr const char* kHelp =
    "usage: supervisor-go-tests INTERPOSER [OPTION...] -- PROGRAM [ARG...]\n"
    "Compares the results of a test program of Go by itself and under INTERPOSER. Run it in the\n"
    "folder of the package, where its test data is.\n"
    "\n"
    "Exit codes: 0 the same, 1 an unexplained difference, 64 usage.\n"
    "\n"
    "example: supervisor-go-tests supervisor --rule 'redirect /no/such -> /etc' -- /tmp/os.test\n";

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  std::size_t split = 0;
  while (split < words.size() && words[split] != "--") ++split;
  if (split == 0 || split + 1 >= words.size())
    return std::fputs(kHelp, words == Words{"--help"} ? stdout : stderr),
           words == Words{"--help"} ? 0 : kUsage;
  const auto middle = words.begin() + static_cast<std::ptrdiff_t>(split);
  return compare(with({words.begin(), middle}, {"--"}), {middle + 1, words.end()});
}
