#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "emulator/supervisor/testprogs/behaviours.h"

namespace testbed::behaviours {
namespace {

constexpr std::size_t kStack = 256 * 1024;

struct Look {
  const char* path;
  const char* line;
  int result = 0;
};

int look(void* argument) {
  auto* const what = static_cast<Look*>(argument);
  what->result = first_line(what->path) == what->line ? 0 : 1;
  return what->result;
}

int status_of(pid_t pid, int flags) {
  int status = -1;
  return ::waitpid(pid, &status, flags) == pid ? status : -1;
}

}  // namespace

void threads(const Arguments& args) {
  const int count = std::stoi(args.at(0));
  std::atomic<int> bad = 0, started = 0;
  std::vector<pthread_t> all;
  struct Shared {
    const Arguments& args;
    std::atomic<int>&bad, &started;
    int count;
  } shared{args, bad, started, count};
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  for (int i = 0; i < count; ++i) {
    pthread_t thread{};
    const int error = ::pthread_create(
        &thread, &small,
        [](void* argument) -> void* {
          auto& s = *static_cast<Shared*>(argument);
          ++s.started;
          const int rounds = s.count > 200 ? 2 : 50;
          for (int n = 0; n < rounds; ++n) {
            if (first_line(s.args.at(1).c_str()) != s.args.at(2)) ++s.bad;
          }
          return nullptr;
        },
        &shared);
    if (!expect(error == 0, std::string("pthread_create: ") + std::strerror(error))) break;
    all.push_back(thread);
  }
  for (const pthread_t thread : all) ::pthread_join(thread, nullptr);
  expect(bad == 0, std::to_string(bad) + " opens saw something else");
  expect(started == count, "only " + std::to_string(started) + " threads ran");
}

void clone_kinds(const Arguments& args) {
  Look what{args.at(0).c_str(), args.at(1).c_str()};
  const pid_t forked = ::fork();
  if (forked == 0) ::_exit(look(&what));
  expect(status_of(forked, 0) == 0, "fork");
  std::vector<char> stack(kStack);
  char* const top = stack.data() + stack.size() - 64;
  const struct {
    int flags;
    const char* name;
  } kinds[] = {{SIGCHLD, "clone"},
               {CLONE_VM | SIGCHLD, "clone VM"},
               {CLONE_VM | CLONE_VFORK | SIGCHLD, "clone VM VFORK"},
               {CLONE_VM | CLONE_FILES | CLONE_FS, "clone without a signal"},
               {CLONE_UNTRACED | SIGCHLD, "clone UNTRACED"}};
  for (const auto& kind : kinds) {
    const pid_t pid = ::clone(look, top, kind.flags, &what);
    if (!expect(pid > 0, std::string(kind.name) + ": " + std::strerror(errno))) continue;
    expect(status_of(pid, __WALL) == 0, kind.name);
  }
}

void exec_by_thread(const Arguments& args) {
  std::vector<char*> words;
  for (const std::string& word : args) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::vector<std::jthread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back([] { ::pause(); });
  std::jthread([&] { ::execv(words[0], words.data()); }).join();
  complain(std::string("execv: ") + std::strerror(errno));
  ::_exit(1);
}

void leader_leaves(const Arguments& args) {
  static const Arguments kept = args;
  static std::atomic<bool> gone = false;
  std::thread([] {
    while (!gone) ::sched_yield();
    ::usleep(20'000);
    for (int i = 0; i < 20; ++i) {
      expect(first_line(kept.at(0).c_str()) == kept.at(1), "another line");
    }
    std::printf("ok\n");
    std::fflush(stdout);
    ::_exit(0);
  }).detach();
  gone = true;
  ::syscall(SYS_exit, 0);  // this thread alone
}

void stop_and_go(const Arguments& args) {
  Look what{args.at(0).c_str(), args.at(1).c_str()};
  int seen[2] = {-1, -1};
  if (!expect(::pipe(seen) == 0, "pipe")) return;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::raise(SIGSTOP);
    for (int i = 0; i < 5; ++i) {
      // Not before it was seen to go on: another stop takes that back, on every kernel.
      char c = 0;
      if (::read(seen[0], &c, 1) != 1 || look(&what) != 0) ::_exit(1);
      ::raise(SIGSTOP);
    }
    ::_exit(0);
  }
  for (int i = 0; i < 6; ++i) {
    const int stopped = status_of(pid, WUNTRACED);
    expect(WIFSTOPPED(stopped) && WSTOPSIG(stopped) == SIGSTOP,
           "stop " + std::to_string(i) + ": status " + std::to_string(stopped));
    ::kill(pid, SIGCONT);
    if (i == 5) break;  // it may have ended before anybody asks whether it goes on
    const int going = status_of(pid, WCONTINUED);
    expect(WIFCONTINUED(going), "going on " + std::to_string(i) + ": " + std::to_string(going));
    expect(::write(seen[1], "s", 1) == 1, "write");
  }
  expect(status_of(pid, 0) == 0, "the end");
  ::close(seen[0]);
  ::close(seen[1]);
}

// Processes that open and fork without end, killed at random moments.
void kill_storm(const Arguments& args) {
  const int count = std::stoi(args.at(0));
  std::minstd_rand random(42);
  int reaped = 0;
  std::vector<pid_t> living;
  const auto end_one = [&] {
    const std::size_t index = random() % living.size();
    ::kill(living[index], SIGKILL);
    const int status = status_of(living[index], 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ++reaped;
    living.erase(living.begin() + static_cast<std::ptrdiff_t>(index));
  };
  for (int i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (;;) {
        first_line(args.at(1).c_str());
        const pid_t child = ::vfork();
        if (child == 0) ::_exit(0);
        if (child > 0) ::waitpid(child, nullptr, 0);
      }
    }
    if (!expect(pid > 0, "fork")) break;
    living.push_back(pid);
    if (living.size() >= 16) end_one();
  }
  while (!living.empty()) end_one();
  expect(reaped == count, std::to_string(reaped) + " were killed");
  expect(::waitpid(-1, nullptr, WNOHANG | __WALL) < 0 && errno == ECHILD, "somebody is left");
}

}  // namespace testbed::behaviours
