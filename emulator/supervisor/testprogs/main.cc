#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "emulator/supervisor/testprogs/behaviours.h"

namespace testbed::behaviours {
namespace {

struct Behaviour {
  const char* name;
  void (*run)(const Arguments& args);
};
constexpr Behaviour kBehaviours[] = {
    {"threads", threads},
    {"clone-kinds", clone_kinds},
    {"exec-by-thread", exec_by_thread},
    {"leader-leaves", leader_leaves},
    {"stop-and-go", stop_and_go},
    {"kill-storm", kill_storm},
    {"registers", registers},
    {"signals", signals},
    {"interrupted-open", interrupted_open},
    {"bad-pointers", bad_pointers},
    {"long-paths", long_paths},
    {"other-abis", other_abis},
    {"nested-tracing", nested_tracing},
    {"shared-path", shared_path},
    {"descriptors", descriptors},
};

bool failed = false;

}  // namespace

std::string first_line(const char* path, int flags) {
  const int fd = ::open(path, flags | O_CLOEXEC);
  if (fd < 0) return strerrorname_np(errno);
  char text[256];
  const ssize_t length = ::read(fd, text, sizeof text);
  ::close(fd);
  if (length < 0) return strerrorname_np(errno);
  const std::string all(text, static_cast<std::size_t>(length));
  return all.substr(0, all.find('\n'));
}

void complain(const std::string& what) {
  failed = true;
  std::printf("%s\n", what.c_str());
}

bool expect(bool condition, const std::string& what) {
  if (!condition) complain(what);
  return condition;
}

int run(const char* name, const Arguments& args) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  ::alarm(60);  // nothing here takes long
  for (const Behaviour& behaviour : kBehaviours) {
    if (std::strcmp(behaviour.name, name) != 0) continue;
    behaviour.run(args);
    if (!failed) std::printf("ok\n");
    return failed ? 1 : 0;
  }
  std::fprintf(stderr, "no behaviour is named %s\n", name);
  return 64;
}

}  // namespace testbed::behaviours

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  return testbed::behaviours::run(argv[1], {argv + 2, argv + argc});
}
