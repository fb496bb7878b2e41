// What the supervisor costs, beside nothing, beside the least a tracer can do, and beside the tools
// that people use for the same. Everything in one run, round after round, so that the ratios hold
// on a machine that is busy with other things as well.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "measure.h"

namespace bench {
namespace {

using Words = std::vector<std::string>;

struct Peer {
  std::string name;
  Words prefix;
};

struct Loop {
  std::string name;
  Words words;          // {} in it: the file, as this peer sees it
  std::string unit;     // "ns" or "KiB"
  std::string against;  // the peer whose figure a ratio is taken against, besides `none`
};

struct Place {
  std::string top, shown, real;
};

Place make_place() {
  char name[] = "/tmp/supervisor-bench-XXXXXX";
  if (::mkdtemp(name) == nullptr) std::perror("mkdtemp"), std::exit(70);
  Place place{
      .top = name, .shown = std::string(name) + "/shown", .real = std::string(name) + "/real"};
  for (const std::string& directory : {place.shown, place.real}) {
    ::mkdir(directory.c_str(), 0755);
    std::ofstream(directory + "/file") << "content\n";
  }
  return place;
}

std::vector<Peer> peers_of(const Place& place, const std::string& supervisor) {
  const std::string redirect = "redirect " + place.shown + " -> " + place.real;
  const std::string type = "statfs " + place.shown + " as cgroup";
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const Words with_rules = {"--rule", redirect, "--rule", type, "--"};
  const auto after = [&](Words words) {
    words.insert(words.end(), with_rules.begin(), with_rules.end());
    return words;
  };
  return {
      {"none", {}},
      {"floor", {self, "floor"}},
      {"supervisor", after({supervisor})},
      {"supervisor, other path", {supervisor, "--rule", "redirect /no/such -> /no/where", "--"}},
      {"supervisor --trace-all", after({supervisor, "--trace-all"})},
      {"strace --seccomp-bpf",
       {"strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=openat,statfs", "-o", "/dev/null"}},
      {"proot", {"proot", "-b", place.real + ":" + place.shown}},
  };
}

std::vector<Loop> loops_of(const Place& place, double scale) {
  const auto count = [&](double full) {
    return std::to_string(std::max(1L, static_cast<long>(full * scale)));
  };
  const std::string file = place.shown + "/file";
  return {
      {"untouched call (getppid)", {"getppid", count(200'000)}, "ns", ""},
      {"redirected open and close", {"open", file, count(20'000)}, "ns", "strace --seccomp-bpf"},
      {"statfs with another type",
       {"statfs", place.shown, count(20'000)},
       "ns",
       "strace --seccomp-bpf"},
      {"open and close, 8 threads",
       {"threads", "8", file, count(20'000)},
       "ns",
       "strace --seccomp-bpf"},
      {"open and close, 64 threads",
       {"threads", "64", file, count(20'000)},
       "ns",
       "strace --seccomp-bpf"},
      {"exec by a shell loop", {"execs", count(1'000)}, "ns", "strace --seccomp-bpf"},
  };
}

double median(std::vector<double> values) {
  if (values.empty()) return -1;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Ratios are of these: what a busy machine adds is in the others.
double least(const std::vector<double>& values) {
  return values.empty() ? -1 : *std::min_element(values.begin(), values.end());
}

std::string ratio(double value, double base) {
  if (value < 0 || base <= 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value / base);
  return text;
}

void print_loop(const Loop& loop, const std::vector<Peer>& peers, int rounds) {
  std::vector<std::vector<double>> values(peers.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (!peers[i].prefix.empty() && !has_program(peers[i].prefix[0])) continue;
      if (const auto value = measure(peers[i].prefix, loop.words)) values[i].push_back(*value);
    }
  }
  const double none = least(values[0]);
  double against = -1;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i].name == loop.against) against = least(values[i]);
  }
  std::printf(
      "\n| %s | least, %s | median | of none | of strace |\n| --- | --- | --- | --- | --- |\n",
      loop.name.c_str(), loop.unit.c_str());
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const double value = least(values[i]);
    if (value < 0) {
      std::printf("| %s | not measured | - | - | - |\n", peers[i].name.c_str());
    } else {
      std::printf("| %s | %.0f | %.0f | %s | %s |\n", peers[i].name.c_str(), value,
                  median(values[i]), ratio(value, none).c_str(), ratio(value, against).c_str());
    }
  }
  std::fflush(stdout);
}

// Of the process in front of the loop: what one more thread costs it.
void print_memory(const std::vector<Peer>& peers) {
  constexpr int kThreads = 500;
  std::printf(
      "\n| memory of the tracer | KiB with 1 thread | KiB a thread |\n| --- | --- | --- |\n");
  for (const Peer& peer : peers) {
    if (peer.prefix.empty() || !has_program(peer.prefix[0])) continue;
    const auto one = measure(peer.prefix, {"memory", "1"});
    const auto many = measure(peer.prefix, {"memory", std::to_string(kThreads)});
    if (!one || !many) {
      std::printf("| %s | not measured | - |\n", peer.name.c_str());
    } else {
      std::printf("| %s | %.0f | %.2f |\n", peer.name.c_str(), *one,
                  (*many - *one) / (kThreads - 1));
    }
  }
}

constexpr const char* kHelp =
    "usage: supervisor-bench [--supervisor PATH] [--rounds N] [--scale F]\n"
    "What the supervisor costs beside nothing, an empty handler, strace and proot: the least and\n"
    "the median of N rounds [5], each loop F times as long as usual [1].\n";

int run(int argc, char** argv) {
  std::string supervisor =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../supervisor";
  int rounds = 5;
  double scale = 1;
  for (int at = 1; at < argc; at += 2) {
    const std::string option = argv[at];
    if (at + 1 == argc)
      return std::fputs(kHelp, option == "--help" ? stdout : stderr), option == "--help" ? 0 : 64;
    if (option == "--supervisor")
      supervisor = argv[at + 1];
    else if (option == "--rounds")
      rounds = std::max(1, std::atoi(argv[at + 1]));
    else if (option == "--scale")
      scale = std::atof(argv[at + 1]);
    else
      return std::fputs(kHelp, stderr), 64;
  }
  const Place place = make_place();
  const std::vector<Peer> peers = peers_of(place, supervisor);
  for (const Loop& loop : loops_of(place, scale)) print_loop(loop, peers, rounds);
  print_memory(peers);
  std::error_code ignored;
  std::filesystem::remove_all(place.top, ignored);
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc > 2 && std::strcmp(argv[1], "floor") == 0) return bench::run_floor(argv + 2);
  int code = 64;
  if (argc > 2 && std::strcmp(argv[1], "loop") == 0 &&
      bench::run_loop({argv + 2, argv + argc}, code))
    return code;
  return bench::run(argc, argv);
}
