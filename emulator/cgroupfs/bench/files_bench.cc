// What it costs to read, stat and list control files: cgroupfs beside lxcfs and the kernel's own
// cgroup mount, all in one run; see README.md. Runs on a host and inside a sandbox.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>

#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"

namespace testbed {
namespace {

constexpr int kCalls = 300;  // of each kind in a round
constexpr milliseconds kPatience(10000);

// A mounted tree: a directory that is listed, and a file of it that is read.
struct Peer {
  std::string name;
  fs::path directory, file;
  std::optional<Subprocess> server{};
};

bool await(const fs::path& path) {
  const Deadline deadline = Deadline::after(kPatience);
  while (!fs::exists(path) && !deadline.expired()) std::this_thread::sleep_for(milliseconds(10));
  return fs::exists(path);
}

Result<Peer> start_cgroupfs(const std::string& program, const fs::path& at, const std::string& name,
                            const std::vector<std::string>& options) {
  const fs::path tree = at / "tree";
  std::vector<std::string> argv{program,    tree,           "--make-dir", "--controllers",
                                "cpu,pids", "--ready-file", at / "ready"};
  argv.insert(argv.end(), options.begin(), options.end());
  Peer peer{.name = name, .directory = tree / "cpu", .file = tree / "cpu/cpu.shares"};
  peer.server.emplace(TRY(Subprocess::start({.argv = argv, .err = 2})));
  if (!await(at / "ready")) return Error{"cgroupfs is not ready"};
  return peer;
}

// Its cgroup tree, where that version has one and the host the hierarchy, else the shortest of its
// files.
Result<Peer> start_lxcfs(const fs::path& at) {
  const fs::path tree = at / "tree", cpu = tree / "cgroup/cpu", uptime = tree / "proc/uptime";
  TRY(make_directories(tree));
  auto server = TRY(Subprocess::start({.argv = {"lxcfs", "-f", "-p", at / "pid", tree}}));
  if (!await(uptime)) return Error{"lxcfs is not ready"};
  const bool has_cgroups = fs::exists(cpu / "cpu.shares");
  Peer peer{.name = has_cgroups ? "lxcfs" : "lxcfs /proc/uptime",
            .directory = has_cgroups ? cpu : tree / "proc",
            .file = has_cgroups ? cpu / "cpu.shares" : uptime};
  peer.server.emplace(std::move(server));
  return peer;
}

Result<Peer> mount_own(const fs::path& at) {
  const fs::path tree = at / "tree";
  TRY(make_directories(tree));
  if (::mount("none", tree.c_str(), "cgroup", MS_RDONLY, "cpu") != 0) {
    return errno_error("mount cgroup", tree, errno);
  }
  return Peer{.name = "the kernel's own", .directory = tree, .file = tree / "cpu.shares"};
}

struct Operation {
  const char* name;
  bool (*run)(const Peer& peer, int kept);  // kept: the file, open
};

bool open_read_close(const Peer& peer, int) {
  char text[4096];
  const int file = ::open(peer.file.c_str(), O_RDONLY | O_CLOEXEC);
  while (::read(file, text, sizeof text) > 0) {
  }
  return file >= 0 && ::close(file) == 0;
}

bool read_again(const Peer&, int kept) {
  char text[4096];
  return ::pread(kept, text, sizeof text, 0) > 0;
}

bool look(const Peer& peer, int) {
  struct stat status {};
  return ::stat(peer.file.c_str(), &status) == 0;
}

bool list(const Peer& peer, int) {
  DIR* directory = ::opendir(peer.directory.c_str());
  if (directory == nullptr) return false;
  while (::readdir(directory) != nullptr) {
  }
  return ::closedir(directory) == 0;
}

constexpr Operation kOperations[] = {
    {"open-read-close", open_read_close}, {"pread", read_again}, {"stat", look}, {"readdir", list}};

// Nanoseconds that all threads of the server have run, from proc(5); 0 where that is not told.
double server_nanoseconds(const Peer& peer) {
  if (!peer.server) return 0;
  const fs::path tasks = "/proc/" + std::to_string(peer.server->pid()) + "/task";
  double sum = 0;
  for (const std::string& task : list_directory(tasks)) {
    sum += std::atof(read_part(tasks / task / "schedstat", 0, 100).c_str());
  }
  return sum;
}

double own_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Of each round, what a call took in microseconds: time, and that of the processor, in the client
// and the server together, which says more on a machine that does other things too.
struct Took {
  std::vector<double> time{}, processor{};
};
// By operation and peer.
using Times = std::map<std::string, std::map<std::string, Took>>;

Result<> measure_round(std::vector<Peer>& peers, Times& times) {
  for (const Operation& operation : kOperations) {
    for (const Peer& peer : peers) {
      const UniqueFd kept = TRY(open_file(peer.file, O_RDONLY | O_CLOEXEC));
      if (!operation.run(peer, kept.get())) return Error{peer.name + ": " + operation.name};
      const double before = own_nanoseconds() + server_nanoseconds(peer);
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < kCalls; ++i) operation.run(peer, kept.get());
      const std::chrono::duration<double, std::micro> passed =
          std::chrono::steady_clock::now() - start;
      const double ran = own_nanoseconds() + server_nanoseconds(peer) - before;
      Took& took = times[operation.name][peer.name];
      took.time.push_back(passed.count() / kCalls);
      took.processor.push_back(ran / 1e3 / kCalls);
    }
  }
  return {};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const char* title, const std::vector<Peer>& peers, Times& times) {
  const std::string& base = peers.front().name;
  std::printf("%s, microseconds a call, median of %zu rounds; ratios to %s\n", title,
              times.begin()->second.begin()->second.time.size(), base.c_str());
  std::printf("%-41s %9s %7s %11s %7s\n", "", "time", "ratio", "processor", "ratio");
  for (const Operation& operation : kOperations) {
    auto& row = times[operation.name];
    const double base_time = median(row[base].time), base_processor = median(row[base].processor);
    for (const Peer& peer : peers) {
      const double time = median(row[peer.name].time);
      const double processor = median(row[peer.name].processor);
      std::printf("%-16s %-24s %9.2f %7.2f %11.2f %7.2f\n", operation.name, peer.name.c_str(), time,
                  time / base_time, processor, processor / base_processor);
    }
  }
}

Result<> measure(const char* title, const std::string& program, int rounds) {
  const TempDir at = TRY(TempDir::make(fs::temp_directory_path(), "files-bench"));
  const auto mounts = [&](const char* name) { return at.path() / name; };
  std::vector<Peer> peers;
  Result<> result;
  const auto add = [&](Result<Peer> peer) {
    if (peer)
      peers.push_back(std::move(peer).value());
    else
      std::fprintf(stderr, "left out: %s\n", peer.error().message.c_str());
  };
  for (const char* name : {"lxcfs", "own", "plain", "cached"}) TRY(make_directories(mounts(name)));
  if (!find_program("lxcfs").empty()) add(start_lxcfs(mounts("lxcfs")));
  add(mount_own(mounts("own")));
  add(start_cgroupfs(program, mounts("plain"), "cgroupfs", {}));
  add(start_cgroupfs(program, mounts("cached"), "cgroupfs cached",
                     {"--timeout-ms", "60000", "--default-permissions"}));
  Times times;
  for (int round = 0; round < rounds && result; ++round) result = measure_round(peers, times);
  if (result) print(title, peers, times);
  peers.clear();
  TRY(detach_mounts_below(at.path()));
  return result;
}

void run_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);  // servers that are started later inherit it
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: files_bench CGROUPFS [ROUNDS]\n");
    return 64;
  }
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 11;
  for (const char* title : {"any processor", "one processor"}) {
    if (title[0] == 'o') run_on(0);
    if (const auto measured = measure(title, argv[1], rounds); !measured) {
      std::fprintf(stderr, "files_bench: %s\n", measured.error().message.c_str());
      return 70;
    }
  }
  return 0;
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) { return testbed::run(argc, argv); }
