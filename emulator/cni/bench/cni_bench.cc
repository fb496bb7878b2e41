// What ADD and DEL cost: this plugin beside the standard bridge with host-local, all in one run;
// see
// ../README.md. Works in network namespaces of its own, which nothing outlives.
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "emulator/cni/netlink.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed {
namespace {

constexpr int kRounds = 60, kAtOnce = 200;

struct Peer {
  std::string name;
  std::string program;
  std::string keys;  // of its configuration
  bool baseline = false;
};

struct Cost {
  double wall_ms = 0, cpu_ms = 0;
  long peak_kib = 0;
  bool succeeded = false;
};

// A descriptor of a new network namespace.
UniqueFd new_namespace() {
  UniqueFd fd;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) == 0)
      fd = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  }).join();
  return fd;
}

double milliseconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

// One call of a plugin, by its own process.
Cost call(const Peer& peer, const std::string& verb, const std::string& id, const UniqueFd& pod,
          const fs::path& state) {
  const std::string text = R"({"cniVersion": "1.0.0", "name": "bench", "type": "bridge", )" +
                           peer.keys + R"(, "ipam": {"type": "host-local", "dataDir": ")" +
                           state.string() + R"(", "ranges": [[{"subnet": "10.64.0.0/20"}]]}})";
  const UniqueFd in(::memfd_create("configuration", MFD_CLOEXEC));
  if (::write(in.get(), text.data(), text.size()) < 0) return {};
  ::lseek(in.get(), 0, SEEK_SET);
  std::vector<std::string> environment{
      "CNI_COMMAND=" + verb,
      "CNI_CONTAINERID=" + id,
      "CNI_IFNAME=eth0",
      "CNI_PATH=/usr/lib/cni",
      "PATH=/usr/sbin:/sbin:/usr/bin:/bin",
      "CNI_NETNS=/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(pod.get())};
  std::vector<char*> env;
  for (std::string& one : environment) env.push_back(one.data());
  env.push_back(nullptr);
  std::string program = peer.program;
  char* argv[] = {program.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv, env.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return {};
  int status = -1;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - begin;
  // wait4 counts the children that the plugin waited for, such as its IPAM plugin.
  return {.wall_ms = passed.count(),
          .cpu_ms = milliseconds_of(usage.ru_utime) + milliseconds_of(usage.ru_stime),
          .peak_kib = usage.ru_maxrss,
          .succeeded = status == 0};
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

struct Sums {
  std::vector<double> add{}, del{}, cpu{};
  long peak_kib = 0;
};

void take(Sums& sums, const Peer& peer, int round, const fs::path& state) {
  const UniqueFd pod = new_namespace();
  const std::string id = "pod" + std::to_string(round);
  const Cost added = call(peer, "ADD", id, pod, state), deleted = call(peer, "DEL", id, pod, state);
  if (!added.succeeded || !deleted.succeeded) {
    std::fprintf(stderr, "%s: a call failed\n", peer.name.c_str());
    std::exit(1);
  }
  sums.add.push_back(added.wall_ms);
  sums.del.push_back(deleted.wall_ms);
  sums.cpu.push_back(added.cpu_ms + deleted.cpu_ms);
  sums.peak_kib = std::max({sums.peak_kib, added.peak_kib, deleted.peak_kib});
}

// The kernel's own part of it: a veth pair made and removed by netlink, in milliseconds.
Sums kernel_alone() {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto netlink = cni::Netlink::open();
  Sums sums;
  for (int round = 0; round < kRounds && netlink; ++round) {
    const UniqueFd pod = new_namespace();
    const auto begin = Clock::now();
    const auto made =
        netlink->add_veth({.host_name = "bare", .pod_name = "eth0", .pod_namespace = pod.get()});
    sums.add.push_back(Milliseconds(Clock::now() - begin).count());
    const auto link = netlink->link("bare");
    if (!made || !link) break;
    const auto middle = Clock::now();
    (void)netlink->delete_link(*link);
    sums.del.push_back(Milliseconds(Clock::now() - middle).count());
  }
  return sums;
}

// Rounds go from peer to peer, so that all see the same machine.
void one_after_the_other(const std::vector<Peer>& peers, const fs::path& folder) {
  std::vector<Sums> sums(peers.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < peers.size(); ++i)
      take(sums[i], peers[i], round, folder / std::to_string(i));
  }
  std::printf("%d pods, one after the other; ratios to the row `baseline` above\n", kRounds);
  std::printf("%-38s %8s %6s %8s %6s %10s %6s %9s\n", "", "ADD ms", "ratio", "DEL ms", "ratio",
              "both, CPU", "ratio", "peak MiB");
  if (const Sums bare = kernel_alone(); !bare.del.empty())
    std::printf("%-38s %8.2f %6s %8.2f\n", "the kernel: a veth pair by netlink", median(bare.add),
                "", median(bare.del));
  const Sums* base = &sums[0];
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i].baseline) base = &sums[i];
    const double add = median(sums[i].add), del = median(sums[i].del), cpu = median(sums[i].cpu);
    std::printf("%-38s %8.2f %6.2f %8.2f %6.2f %10.2f %6.2f %9.1f\n",
                (peers[i].name + (peers[i].baseline ? " (baseline)" : "")).c_str(), add,
                add / median(base->add), del, del / median(base->del), cpu, cpu / median(base->cpu),
                static_cast<double>(sums[i].peak_kib) / 1024);
  }
}

// Seconds until `work(i)` is done for all.
double all_at_once(const std::function<void(int)>& work) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < kAtOnce; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void at_once(const std::vector<Peer>& peers, const fs::path& folder) {
  std::printf("\n%d pods at once\n%-38s %8s %6s %8s %6s %8s\n", kAtOnce, "", "ADD s", "ratio",
              "DEL s", "ratio", "refused");
  double base_add = 1, base_del = 1;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    std::vector<UniqueFd> pods;
    for (int pod = 0; pod < kAtOnce; ++pod) pods.push_back(new_namespace());
    std::vector<int> failed(kAtOnce);
    const auto each = [&](const std::string& verb) {
      return all_at_once([&, verb](int pod) {
        const auto at = static_cast<std::size_t>(pod);
        failed[at] |= !call(peers[i], verb, "many" + std::to_string(pod), pods[at],
                            folder / ("many" + std::to_string(i)))
                           .succeeded;
      });
    };
    const double add = each("ADD"), del = each("DEL");
    if (peers[i].baseline) base_add = add, base_del = del;
    std::printf("%-38s %8.2f %6.2f %8.2f %6.2f %8ld\n", peers[i].name.c_str(), add, add / base_add,
                del, del / base_del, std::count(failed.begin(), failed.end(), 1));
  }
}

int run(const std::string& plugin) {
  const std::string standard = "/usr/lib/cni/bridge";
  if (::access(standard.c_str(), X_OK) != 0) {
    std::fprintf(stderr, "%s: sudo apt-get install containernetworking-plugins\n",
                 standard.c_str());
    return 1;
  }
  // This process, and every program it starts, has a host of its own.
  if (::unshare(CLONE_NEWNET) != 0) {
    std::perror("a network namespace (run it as root)");
    return 1;
  }
  const auto folder = TempDir::make(fs::temp_directory_path(), "cni-bench");
  if (!folder) return 1;
  const std::vector<Peer> peers{
      {"standard bridge, host-local", standard, R"("bridge": "s0", "isDefaultGateway": true)",
       true},
      {"bridge", plugin, R"("mode": "bridge", "bridge": "o0", "isDefaultGateway": true)"},
      {"routed, no SNAT", plugin, R"("mode": "routed", "ipMasq": false)"},
      {"fake", plugin, R"("mode": "fake")"},
      {"standard bridge, host-local, ipMasq", standard,
       R"("bridge": "s1", "isDefaultGateway": true, "ipMasq": true)", true},
      {"routed", plugin, R"("mode": "routed")"},
  };
  one_after_the_other(peers, folder->path());
  at_once(peers, folder->path());
  return 0;
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CNI-PROGRAM\n", argv[0]);
    return 64;
  }
  return testbed::run(argv[1]);
}
