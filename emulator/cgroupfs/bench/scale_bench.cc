// How cgroupfs bears many groups, many that come and go, many clients, and a day of polling; see
// README.md. Each part prints its time and the memory of the server before and after.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"

namespace testbed {
namespace {

constexpr milliseconds kPatience(10000);

class Tree {
 public:
  static Result<std::unique_ptr<Tree>> start(const std::string& program) {
    std::unique_ptr<Tree> tree(
        new Tree(TRY(TempDir::make(fs::temp_directory_path(), "scale-bench"))));
    const fs::path ready = tree->dir_.path() / "ready";
    tree->server_.emplace(TRY(Subprocess::start(
        {.argv = {program, tree->top(), "--make-dir", "--controllers", "cpu,memory,pids",
                  "--ready-file", ready, "--timeout-ms", "60000", "--default-permissions"},
         .err = 2})));
    const Deadline deadline = Deadline::after(kPatience);
    while (!fs::exists(ready) && !deadline.expired()) std::this_thread::sleep_for(milliseconds(10));
    if (!fs::exists(ready)) return Error{"cgroupfs is not ready"};
    return tree;
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() {
    server_.reset();
    (void)detach_mounts_below(dir_.path());
  }

  fs::path top() const { return dir_.path() / "tree"; }
  // VmRSS of proc(5).
  double megabytes() const {
    const std::string status =
        read_part("/proc/" + std::to_string(server_->pid()) + "/status", 0, 8192);
    const auto at = status.find("VmRSS:");
    return at == std::string::npos ? 0 : std::atof(status.c_str() + at + 6) / 1024;
  }

 private:
  explicit Tree(TempDir dir) : dir_(std::move(dir)) {}
  TempDir dir_;
  std::optional<Subprocess> server_{};
};

std::atomic<long> wrong = 0;

void expect(bool holds) {
  if (!holds) ++wrong;
}

void make(const fs::path& path) { expect(::mkdir(path.c_str(), 0755) == 0); }
void take_away(const fs::path& path) { expect(::rmdir(path.c_str()) == 0); }

std::string read(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t length = ::read(file.get(), text, sizeof text);
  return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

void write(const fs::path& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  expect(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

void part(const Tree& tree, const char* name, long operations, const std::function<void()>& work) {
  const double before = tree.megabytes();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  std::printf("%-44s %8.2f s %9.1f us each   %7.1f MB -> %7.1f MB\n", name, passed.count(),
              passed.count() / static_cast<double>(operations) * 1e6, before, tree.megabytes());
  std::fflush(stdout);
}

void many_groups(const Tree& tree) {
  const fs::path cpu = tree.top() / "cpu";
  const auto name = [](int i) { return "group" + std::to_string(i); };
  for (const int from : {0, 5000}) {
    part(tree, from == 0 ? "groups 1 to 5,000: mkdir" : "groups 5,001 to 10,000: mkdir", 5000, [&] {
      for (int i = from; i < from + 5000; ++i) make(cpu / name(i));
    });
  }
  part(tree, "10,000 groups: read cpu.shares of each", 10000, [&] {
    for (int i = 0; i < 10000; ++i) expect(read(cpu / name(i) / "cpu.shares") == "1024\n");
  });
  part(tree, "10,000 groups: list them", 10000,
       [&] { expect(list_directory(cpu).size() >= 10000); });
  part(tree, "10,000 groups: rmdir", 10000, [&] {
    for (int i = 0; i < 10000; ++i) take_away(cpu / name(i));
  });
}

// Names come back, as those of containers of one pod do; and others never do, as ids of containers.
void come_and_go(const Tree& tree, int cycles) {
  const fs::path cpu = tree.top() / "cpu";
  const auto cycle = [&](const std::string& name) {
    make(cpu / name);
    expect(read(cpu / name / "cpu.shares") == "1024\n");
    take_away(cpu / name);
  };
  for (int quarter = 0; quarter < 4; ++quarter) {
    part(tree, "mkdir, read, rmdir: names that come back", cycles / 4, [&] {
      for (int i = 0; i < cycles / 4; ++i) cycle("pod" + std::to_string(i % 100));
    });
  }
  for (int quarter = 0; quarter < 4; ++quarter) {
    part(tree, "mkdir, read, rmdir: names that never come back", cycles / 4, [&] {
      for (int i = 0; i < cycles / 4; ++i) {
        cycle("id" + std::to_string(quarter * cycles + i));
      }
    });
  }
}

void many_clients(const Tree& tree) {
  constexpr int kClients = 64, kWrites = 200;
  part(tree, "64 clients, each writes and reads its own", kClients * kWrites, [&] {
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        const fs::path own = tree.top() / "cpu" / ("client" + std::to_string(client));
        make(own);
        for (int i = 0; i < kWrites; ++i) {
          const std::string value = std::to_string(100000 + client * 1000 + i);
          write(own / "cpu.shares", value);
          expect(read(own / "cpu.shares") == value + "\n");
        }
        take_away(own);
      });
    }
  });
}

// A kubelet with 30 pods of 2 containers looks at each group every ten seconds: 8,640 rounds a day.
void a_day_of_polling(const Tree& tree, int rounds) {
  constexpr int kGroups = 90;
  const std::vector<std::string> files{"cpu/pod%/cpu.stat", "memory/pod%/memory.usage_in_bytes",
                                       "memory/pod%/memory.stat", "pids/pod%/pids.current",
                                       "cpu/pod%/cgroup.procs"};
  const auto path = [&](const std::string& file, int pod) {
    const auto at = file.find('%');
    return tree.top() / (file.substr(0, at) + std::to_string(pod) + file.substr(at + 1));
  };
  for (const char* controller : {"cpu", "memory", "pids"}) {
    for (int pod = 0; pod < kGroups; ++pod) {
      make(tree.top() / controller / ("pod" + std::to_string(pod)));
    }
  }
  part(tree, "polling of 90 groups, a round", rounds, [&] {
    for (int round = 0; round < rounds; ++round) {
      for (int pod = 0; pod < kGroups; ++pod) {
        for (const std::string& file : files) read(path(file, pod));
      }
    }
  });
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: scale_bench CGROUPFS [CYCLES [ROUNDS]]\n");
    return 64;
  }
  const int cycles = argc > 2 ? std::atoi(argv[2]) : 100000;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 8640;
  auto tree = Tree::start(argv[1]);
  if (!tree) {
    std::fprintf(stderr, "scale_bench: %s\n", tree.error().message.c_str());
    return 70;
  }
  many_groups(**tree);
  come_and_go(**tree, cycles);
  many_clients(**tree);
  a_day_of_polling(**tree, rounds);
  std::printf("wrong answers: %ld\n", wrong.load());
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) { return testbed::run(argc, argv); }
