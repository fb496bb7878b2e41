// What an interposer must not disturb: a program with any number of threads that looks at files and
// file systems, starts children and ends with a status. Its name says how many threads it has
// (`8-threads`), all others have one. Every verb is carried out by all threads at once, and they
// must agree.
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int kUsage = 64;
constexpr int kRounds = 400;  // of `work`, shared by the threads

// Runs `act` in every thread at once and gives what they said; one answer if they agree.
template <class Act>
std::set<std::string> in_all_threads(int count, Act act) {
  std::vector<std::string> answers(static_cast<std::size_t>(count));
  std::vector<std::jthread> threads;
  std::atomic<int> there = 0;
  for (int i = 1; i < count; ++i) {
    threads.emplace_back([&, i] {
      ++there;
      there.notify_all();
      answers[static_cast<std::size_t>(i)] = act();
    });
  }
  for (int seen = there; seen < count - 1; seen = there) there.wait(seen);
  answers[0] = act();
  threads.clear();
  return {answers.begin(), answers.end()};
}

std::string failed(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

std::string read_file(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("open");
  char text[4096];
  const ssize_t size = ::read(fd, text, sizeof text);
  ::close(fd);
  return size < 0 ? failed("read") : std::string(text, static_cast<std::size_t>(size));
}

// statfs of the path and fstatfs of the open file must say the same.
std::string type_of(const char* path) {
  struct statfs by_path {
  }, by_fd{};
  if (::statfs(path, &by_path) != 0) return failed("statfs");
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("open");
  const int result = ::fstatfs(fd, &by_fd);
  const std::string error = failed("fstatfs");
  ::close(fd);
  if (result != 0) return error;
  if (by_path.f_type != by_fd.f_type) return "statfs and fstatfs disagree";
  char text[32];
  std::snprintf(text, sizeof text, "%lx\n", static_cast<unsigned long>(by_path.f_type));
  return text;
}

int print(const std::set<std::string>& answers) {
  for (const std::string& answer : answers) std::fputs(answer.c_str(), stdout);
  if (answers.size() > 1) std::fputs("the threads disagree\n", stderr);
  return answers.size() == 1 ? 0 : 1;
}

// The child is this program again, with as many threads.
int in_child(char** argv) {
  std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid == 0) {
    argv[1] = const_cast<char*>("read");
    ::execv(argv[0], argv);
    ::_exit(127);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

std::string work(int rounds, const char* path) {
  for (int i = 0; i < rounds; ++i) {
    const std::string text = read_file(path);
    if (text.empty() || ::getppid() < 0) return "empty\n";
  }
  return "done\n";
}

int carry_out(int threads, int argc, char** argv) {
  const std::string_view verb = argc > 2 ? argv[1] : "";
  if (verb == "start") {  // the second argument is what it says then
    if (in_all_threads(threads, [] { return "there"; }).size() == 1) std::puts(argv[2]);
    return 0;
  }
  if (verb == "read") return print(in_all_threads(threads, [&] { return read_file(argv[2]); }));
  if (verb == "type") return print(in_all_threads(threads, [&] { return type_of(argv[2]); }));
  if (verb == "child") return in_child(argv);
  if (verb == "work") {
    const int rounds = kRounds / threads;
    return print(in_all_threads(threads, [&] { return work(rounds, argv[2]); }));
  }
  if (verb == "exit") {
    in_all_threads(threads, [] { return ""; });
    return std::atoi(argv[2]);
  }
  std::fprintf(stderr, "usage: %s start TEXT|read FILE|type PATH|child FILE|work FILE|exit CODE\n",
               argv[0]);
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const slash = std::strrchr(argv[0], '/');
  const int named = std::atoi(slash ? slash + 1 : argv[0]);
  return carry_out(named > 0 ? named : 1, argc, argv);
}
