#include "orchestrator/sandbox/thread_report.h"

#include <cinttypes>
#include <cstdio>
#include <string>

namespace testbed {
namespace {

bool read_line(const std::string& line, ThreadState& thread) {
  std::int64_t still = 0, used = 0;
  char stop[32] = {}, wait_channel[64] = {};
  int name = -1;
  const int fields =
      std::sscanf(line.c_str(),
                  "pid=%d tid=%d state=%c still_ms=%" SCNd64 " cpu_ms=%" SCNd64
                  " tracer=%d call=%" SCNd64 " arg=%" SCNd64 " stop=%31s wchan=%63s name=%n",
                  &thread.pid, &thread.thread, &thread.state, &still, &used, &thread.tracer,
                  &thread.call, &thread.argument, stop, wait_channel, &name);
  if (fields != 10 || name < 0) return false;
  thread.still = milliseconds(still);
  thread.used = milliseconds(used);
  thread.stop = stop == std::string("?") ? "" : stop;
  thread.wait_channel = wait_channel == std::string("?") ? "" : wait_channel;
  thread.name = line.substr(static_cast<std::size_t>(name));
  return true;
}

}  // namespace

std::vector<ThreadState> read_threads(std::string_view report) {
  std::vector<ThreadState> threads;
  while (!report.empty()) {
    const std::size_t end = report.find('\n');
    ThreadState thread;
    if (read_line(std::string(report.substr(0, end)), thread)) threads.push_back(thread);
    report = end == std::string_view::npos ? "" : report.substr(end + 1);
  }
  return threads;
}

}  // namespace testbed
