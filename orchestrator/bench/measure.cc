#include "orchestrator/bench/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "orchestrator/base/files.h"
#include "orchestrator/base/log.h"

namespace testbed {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double processor_seconds_so_far() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  return sum;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_of(const std::vector<Cost>& costs, double Cost::*member) {
  std::vector<double> values;
  for (const Cost& cost : costs) values.push_back(cost.*member);
  return median(std::move(values));
}

}  // namespace

Cost cost_of(const std::function<void()>& work) {
  const double processor = processor_seconds_so_far();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  return {.seconds = passed.count(), .processor_seconds = processor_seconds_so_far() - processor};
}

double median_seconds(const std::vector<Cost>& costs) { return median_of(costs, &Cost::seconds); }

double median_processor_seconds(const std::vector<Cost>& costs) {
  return median_of(costs, &Cost::processor_seconds);
}

double peak_megabytes() {
  const std::string status = read_part("/proc/self/status", 0, 8192);
  const std::size_t at = status.find("VmHWM:");
  return at == std::string::npos ? 0 : std::atof(status.c_str() + at + 6) / 1024;
}

int number_argument(int argc, char** argv, int otherwise) {
  return argc > 1 ? std::atoi(argv[1]) : otherwise;
}

int conclude(const Result<>& result) {
  if (result) return EXIT_SUCCESS;
  log_info("failed to measure: " + result.error().message);
  return EXIT_FAILURE;
}

}  // namespace testbed
