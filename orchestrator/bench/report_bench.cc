// Reports and comparisons of large recorded runs, beside the mere parsing of their logs; README.md.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "orchestrator/base/json.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/bench/measure.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/record/event_log.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

constexpr int kColumns = 10;
constexpr const char* kColumnNames[kColumns] = {
    "native",         "runsc-20221203", "runsc-20221219", "runsc-20230715", "runsc-20240722",
    "runsc-20240916", "runsc-20250205", "runsc-20250503", "runsc-20260112", "runsc-20260701"};

struct Shape {
  const char* name;
  int rungs, side_checks;
};

std::vector<std::string> numbered(const std::string& name, int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(name + std::to_string(i));
  return names;
}

PlannedCell planned(const Shape& shape, int number) {
  const std::string row = std::to_string(number / kColumns),
                    column = kColumnNames[number % kColumns];
  return {.id = "bench/row-" + row + "+" + column,
          .coordinates = {{"approach", "row-" + row}, {"sandbox", column}},
          .rungs = numbered("rung-", shape.rungs),
          .checks = numbered("side-check-", shape.side_checks),
          .excluded_because = {}};
}

// Every third one is red, by the cause that most red ones have.
CellResult result_of(const Shape& shape, const PlannedCell& cell, int number) {
  const bool red = number % 3 == 0;
  Attempt attempt;
  attempt.observed = red ? Observed::Fail : Observed::Pass;
  attempt.total = microseconds(100'000 + number);
  for (int i = 0; i < shape.rungs + shape.side_checks; ++i) {
    const bool is_rung = i < shape.rungs;
    attempt.checks.push_back({.name = is_rung
                                          ? cell.rungs[static_cast<std::size_t>(i)]
                                          : cell.checks[static_cast<std::size_t>(i - shape.rungs)],
                              .is_rung = is_rung,
                              .observed = red && i == 1 ? Observed::Fail : Observed::Pass,
                              .detail = red && i == 1 ? "openat: ENOSYS" : "",
                              .cause = {},
                              .verdict = is_rung ? Verdict::None : Verdict::Ok,
                              .command = "probe read /tmp/fuse-cgroup/cpu/cpu.shares",
                              .duration = microseconds(1000 + i)});
  }
  Outcome outcome{.observed = attempt.observed,
                  .verdict = red ? Verdict::Xfail : Verdict::Ok,
                  .rung = red ? "rung-1" : "rung-" + std::to_string(shape.rungs),
                  .rungs_reached = red ? 1 : shape.rungs,
                  .rungs_total = shape.rungs,
                  .reason = red ? "`rung-2`: openat: ENOSYS" : "",
                  .cause = {},
                  .expected = "every rung passes"};
  if (red) {
    outcome.cause = attempt.cause = Cause{.signature = "fuse-access-enosys",
                                          .layer = "fuse server",
                                          .operation = "FUSE_ACCESS",
                                          .errno_name = "ENOSYS",
                                          .object = "/tmp/fuse-cgroup",
                                          .summary = "The server does not handle what it is asked.",
                                          .remedy = "Give the server an access handler.",
                                          .evidence = {"cgroupfs journal: ACCESS -> ENOSYS"}};
  }
  return {.cell = cell.id, .attempts = {std::move(attempt)}, .outcome = std::move(outcome)};
}

Result<> write_run(const fs::path& directory, const Shape& shape, int cells) {
  TRY(make_directories(directory));
  Run run;
  run.id = directory.filename();
  run.scenario = "bench";
  run.question = "How large may a matrix be?";
  run.started = "2026-01-01T00:00:00Z";
  run.axes = {{"sandbox", {std::begin(kColumnNames), std::end(kColumnNames)}, {}},
              {"approach", {}, {}}};
  for (int i = 0; i < cells; ++i) run.planned.push_back(planned(shape, i));
  std::string log = to_line(to_json(Event(RunStarted{run}))) + "\n";
  for (int i = 0; i < cells; ++i)
    log += to_line(to_json(Event(
               CellFinished{result_of(shape, run.planned[static_cast<std::size_t>(i)], i)}))) +
           "\n";
  log += to_line(to_json(Event(RunFinished{true, 0, "measured"}))) + "\n";
  return write_file(directory / kEventLogName, log);
}

struct Use {
  double seconds = 0, processor_seconds = 0, megabytes = 0;
};

// A process of its own each time: its most memory is not that of what was measured before.
template <class Work>
Result<Use> use_of(const char* what, Work work) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) return Error{"fork failed"};
  if (child == 0) ::_exit(work());
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  if (status != 0) return Error{std::string(what) + " failed"};
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return Use{passed.count(), seconds(usage.ru_utime) + seconds(usage.ru_stime),
             static_cast<double>(usage.ru_maxrss) / 1024};
}

Result<Use> use_of(std::vector<std::string> argv) {
  return use_of(argv[1].c_str(), [&] {
    std::vector<char*> words;
    for (std::string& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(null, STDOUT_FILENO);
    ::execv(words[0], words.data());
    return 127;
  });
}

// The baseline: every line parsed, and nothing kept.
Result<> parse_only(const fs::path& log) {
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) TRY(parse_json(line));
  return {};
}

void print(int cells, const char* what, const Use& use) {
  std::printf("%8d  %-22s %8.2f %10.2f %10.1f %10.0f\n", cells, what, use.seconds,
              use.processor_seconds, use.seconds * 1e6 / cells, use.megabytes);
  std::fflush(stdout);
}

Result<> measure_at(const fs::path& folder, const std::string& program, const Shape& shape,
                    int cells) {
  const fs::path run = folder / (std::string(shape.name) + std::to_string(cells));
  // In a process of its own: whoever is started later begins with the memory of this one.
  TRY(use_of("writing the run", [&] { return write_run(run, shape, cells) ? 0 : 1; }));
  print(cells, "lines parsed, no more",
        TRY(use_of("parsing", [&] { return parse_only(run / kEventLogName) ? 0 : 1; })));
  for (const char* format : {"text", "markdown", "json", "junit", "svg", "html"}) {
    print(cells, format, TRY(use_of({program, "report", run, "--format", format})));
  }
  print(cells, "compare", TRY(use_of({program, "compare", run, run})));
  return remove_tree(run);
}

Result<> measure(int most) {
  const Project project = TRY(find_project());
  const std::string program =
      (project.programs.parent_path().parent_path() / "bin/testbed").string();
  TRY(make_directories(project.results));
  const TempDir folder = TRY(TempDir::make(project.results, "bench"));
  for (const Shape& shape : {Shape{"small", 2, 0}, Shape{"large", 7, 4}}) {
    std::printf("%d rungs, %d side checks\n%8s  %-22s %8s %10s %10s %10s\n", shape.rungs,
                shape.side_checks, "cells", "", "s", "processor", "us a cell", "MB");
    for (int cells = 1000; cells <= most; cells *= 10)
      TRY(measure_at(folder.path(), program, shape, cells));
  }
  return {};
}

}  // namespace
}  // namespace testbed

int main(int argc, char** argv) {
  return testbed::conclude(testbed::measure(testbed::number_argument(argc, argv, 100'000)));
}
