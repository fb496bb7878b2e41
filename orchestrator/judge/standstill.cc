#include "orchestrator/judge/standstill.h"

#include <algorithm>
#include <cstdio>

#include "orchestrator/model/kinds.h"

namespace testbed {
namespace {

// Of Linux on x86-64, in which calls a tracer usually stands.
constexpr std::int64_t kWait4 = 61, kWaitid = 247;

struct CallName {
  std::int64_t number;
  const char* name;
};
constexpr CallName kCallNames[] = {
    {0, "read"},         {1, "write"},        {7, "poll"},       {23, "select"},
    {35, "nanosleep"},   {kWait4, "wait4"},   {202, "futex"},    {230, "clock_nanosleep"},
    {232, "epoll_wait"}, {kWaitid, "waitid"}, {270, "pselect6"}, {271, "ppoll"},
    {281, "epoll_pwait"}};

std::string name_of_call(std::int64_t number) {
  for (const CallName& row : kCallNames) {
    if (row.number == number) return row.name;
  }
  return "system call " + std::to_string(number);
}

std::string in_seconds(milliseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(time.count()) / 1000);
  return text;
}

std::string called(const ThreadState& thread) {
  return "thread " + std::to_string(thread.thread) + " (" + thread.name + ")";
}

// "thread 8 (sh) has stood in a signal-delivery stop under ptrace for 2.5 s and never ran".
std::string stands(const ThreadState& thread) {
  const std::string kind = thread.stop.empty() ? "a stop" : "a " + thread.stop + " stop";
  return called(thread) + " has stood in " + kind + " under ptrace for " +
         in_seconds(thread.still) + (thread.used.count() == 0 ? " and used no processor time" : "");
}

// The process a waiting tracer waits for; 0 where it waits for any, or does something else.
std::int64_t waits_for(const ThreadState& tracer) {
  // wait4(2): the argument is a pid_t, and what is negative or 0 stands for many.
  const auto pid = static_cast<std::int32_t>(tracer.argument);
  return tracer.call == kWait4 && pid > 0 ? pid : 0;
}

const ThreadState* find_thread(std::span<const ThreadState> threads, int thread) {
  const auto found = std::find_if(threads.begin(), threads.end(),
                                  [&](const ThreadState& one) { return one.thread == thread; });
  return found == threads.end() ? nullptr : &*found;
}

Standstill explain(const ThreadState& tracee, std::span<const ThreadState> threads) {
  const ThreadState* tracer = find_thread(threads, tracee.tracer);
  const std::string line = stands(tracee) + ", while its tracer ";
  if (tracer == nullptr)
    return {"tracer-elsewhere", line + std::to_string(tracee.tracer) + " is not of this command"};
  const std::string named = std::to_string(tracer->thread) + " (" + tracer->name + ") ";
  const std::int64_t awaited = waits_for(*tracer);
  if (awaited != 0 && awaited != tracee.thread) {
    return {"tracer-waits-for-one",
            line + named + "waits in wait4 for process " + std::to_string(awaited) + " alone"};
  }
  if (tracer->call < 0)
    return {"tracer-idle", line + named + "is in state " + std::string(1, tracer->state)};
  return {"tracer-idle", line + named + "stands in " + name_of_call(tracer->call)};
}

}  // namespace

std::vector<Standstill> find_standstills(std::span<const ThreadState> threads) {
  std::vector<ThreadState> stopped;
  std::copy_if(threads.begin(), threads.end(), std::back_inserter(stopped),
               [](const ThreadState& thread) { return thread.state == 't' && thread.tracer != 0; });
  std::stable_sort(stopped.begin(), stopped.end(),
                   [](const auto& a, const auto& b) { return a.still > b.still; });
  std::vector<Standstill> found;
  for (const ThreadState& thread : stopped) found.push_back(explain(thread, threads));
  // A tracer that waits for one may meanwhile hold that one in a stop as well: what explains the
  // rest comes first.
  std::stable_partition(found.begin(), found.end(), [](const Standstill& standstill) {
    return standstill.kind == "tracer-waits-for-one";
  });
  return found;
}

}  // namespace testbed
