#include "emulator/agent/thread_watch.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "emulator/agent/blocked_call.h"
#include "emulator/agent/proc_stat.h"

namespace testbed {
namespace {

constexpr auto kInspectWithin = std::chrono::milliseconds(1000);  // all threads together

std::string task_directory(pid_t pid, pid_t thread) {
  return "/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread);
}

int tracer_of(const std::string& task) {
  const std::string status = read_proc_file(task + "/status");
  const std::size_t at = status.find("TracerPid:");
  int tracer = 0;
  if (at != std::string::npos) std::sscanf(status.c_str() + at, "TracerPid: %d", &tracer);
  return tracer;
}

// In which function of the kernel it waits (proc(5)); "?" where that is not told.
std::string wait_channel(const std::string& task) {
  const std::string name = read_proc_file(task + "/wchan");
  return name.empty() || name == "0" ? "?" : name;
}

}  // namespace

void ThreadWatch::look(pid_t session) {
  const auto now = Clock::now();
  for (auto& [thread, seen] : seen_) seen.present = false;
  for (const pid_t pid : numbers_in("/proc")) {
    const std::string process = "/proc/" + std::to_string(pid);
    ProcStat whole;
    if (!read_proc_stat(process + "/stat", whole) || whole.session != session) continue;
    for (const pid_t thread : numbers_in(process + "/task")) {
      ProcStat stat;
      if (!read_proc_stat(task_directory(pid, thread) + "/stat", stat)) continue;
      Seen& seen = seen_[thread];
      const bool stands =
          seen.pid == pid && seen.state == stat.state && seen.ticks == stat.own_ticks;
      seen = {.pid = pid,
              .state = stat.state,
              .ticks = stat.own_ticks,
              .name = stat.name,
              .since = stands ? seen.since : now,
              .present = true};
    }
  }
  std::erase_if(seen_, [](const auto& entry) { return !entry.second.present; });
}

std::string ThreadWatch::report(pid_t session) {
  look(session);
  std::vector<pid_t> threads;
  for (const auto& [thread, seen] : seen_) threads.push_back(thread);
  std::stable_sort(threads.begin(), threads.end(),
                   [&](pid_t a, pid_t b) { return seen_[a].since < seen_[b].since; });
  if (threads.size() > kMostThreads) threads.resize(kMostThreads);
  const auto begun = Clock::now();
  std::string text;
  for (const pid_t thread : threads) {
    const Seen& seen = seen_[thread];
    const std::string task = task_directory(seen.pid, thread);
    const int tracer = tracer_of(task);
    BlockedCall call = blocked_call_in_proc(task);
    const bool hidden = call.number < 0 && tracer == 0 && seen.state == 'S';
    if (hidden && Clock::now() - begun < kInspectWithin) call = blocked_call_by_ptrace(thread);
    const std::string stop = seen.state == 't' ? kind_of_stop(task) : "";
    const auto still =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - seen.since);
    text += "pid=" + std::to_string(seen.pid) + " tid=" + std::to_string(thread) +
            " state=" + seen.state + " still_ms=" + std::to_string(still.count()) +
            " cpu_ms=" + std::to_string(milliseconds_of_ticks(seen.ticks)) +
            " tracer=" + std::to_string(tracer) + " call=" + std::to_string(call.number) +
            " arg=" + std::to_string(call.argument) + " stop=" + (stop.empty() ? "?" : stop) +
            " wchan=" + wait_channel(task) + " name=" + printable_name(seen.name) + "\n";
  }
  return text;
}

}  // namespace testbed
