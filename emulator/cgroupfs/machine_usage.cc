#include <algorithm>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/machine.h"

namespace testbed {
namespace {

// How old a reading may be: short enough that nobody notices, and long enough that reading /proc
// takes a small part of the time also where it is slow.
constexpr std::uint64_t kLeastAge = 5000000, kMostAge = 500000000, kCostFactor = 4;

CpuTime difference(const CpuTime& now, const CpuTime& before) {
  return {now.user - std::min(now.user, before.user),
          now.system - std::min(now.system, before.system)};
}

// Counters that only grow: a look that shows less is of no account.
std::uint64_t growth(std::uint64_t& last, std::uint64_t now) {
  const std::uint64_t grown = now - std::min(now, last);
  last = std::max(last, now);
  return grown;
}

IoUse growth_of(IoUse& last, const IoUse& now) {
  return {.read_bytes = growth(last.read_bytes, now.read_bytes),
          .write_bytes = growth(last.write_bytes, now.write_bytes),
          .reads = growth(last.reads, now.reads),
          .writes = growth(last.writes, now.writes)};
}

void add_up(Used& used, const CpuTime& time, unsigned cpu) {
  add_to(used.cpu, time);
  if (time.total() == 0) return;
  if (used.per_cpu.size() <= cpu) used.per_cpu.resize(cpu + 1);
  add_to(used.per_cpu[cpu], time);
}

void add_memory(MemoryUse& sum, const MemoryUse& use) {
  sum.anon += use.anon;
  sum.file += use.file;
  sum.shmem += use.shmem;
  sum.swap += use.swap;
}

}  // namespace

bool Machine::is_fresh(unsigned needs, std::uint64_t now) const {
  const std::uint64_t age = std::clamp(cost_ * kCostFactor, kLeastAge, kMostAge);
  const auto fresh = [&](std::uint64_t at) { return at != 0 && now - at < age; };
  return fresh(cpu_at_) && (!(needs & kMemory) || fresh(memory_at_)) &&
         (!(needs & kIo) || fresh(io_at_));
}

void Machine::sample(unsigned needs) {
  const std::uint64_t start = processes_.now();
  if (is_fresh(needs, start)) return;
  looked_ = false;
  discover();
  std::vector<std::pair<std::uint64_t, pid_t>> order;
  for (const auto& [pid, task] : tasks_) {
    if (!task.last.kernel) order.emplace_back(task.last.start, pid);
  }
  // Parents first: a child that its parent has waited for by then is seen to be gone.
  std::sort(order.begin(), order.end());
  std::vector<pid_t> gone;
  for (const auto& [born, pid] : order) {
    const auto stat = processes_.stat_of(pid);
    const auto at = tasks_.find(pid);
    if (!stat || stat->start != born) {
      gone.push_back(pid);
    } else {
      look_at(pid, at->second, *stat, needs);
    }
  }
  remove_all(std::move(gone));
  for (auto& [pid, task] : tasks_) settle(pid, task);
  const std::uint64_t end_time = processes_.now();
  cost_ = end_time - start;
  cpu_at_ = end_time;
  if (needs & kMemory) memory_at_ = end_time;
  if (needs & kIo) io_at_ = end_time;
}

// Charges what it has used since the last look.
void Machine::look_at(pid_t pid, Task& task, const ProcessStat& stat, unsigned needs) {
  ProcessStat& last = task.last;
  Earned earned{.cpu = difference(stat.own, last.own), .on_cpu = stat.cpu};
  earned.faults = growth(last.faults, stat.faults);
  earned.major_faults = growth(last.major_faults, stat.major_faults);
  add_to(task.reaped_new, difference(stat.reaped, last.reaped));
  add_to(last.own, earned.cpu);
  add_to(last.reaped, difference(stat.reaped, last.reaped));
  last.parent = stat.parent;
  last.threads = stat.threads;
  last.stopped = stat.stopped;
  if (needs & kIo) {
    const IoUse grown = growth_of(task.io, processes_.io_of(pid));
    earned.io = growth_of(task.io_owed, grown);
    task.io_owed = {};
  }
  if (needs & kMemory) task.memory = stat.zombie ? MemoryUse{} : processes_.memory_of(pid);
  charge(pid, earned);
  if (stat.zombie) end(pid, task);
}

// Times of children that nobody saw at their end: those that lived between two looks, and the last
// moments of the others. They are charged to the groups of members that ended since the last
// look, or where the parent is if there was none. A debt that the second look does not settle is
// none: children that are not waited for are never added up.
void Machine::settle(pid_t pid, Task& task) {
  CpuTime owed = task.owed_before;
  add_to(owed, task.owed);
  const CpuTime extra = difference(task.reaped_new, owed);
  const CpuTime paid = difference(task.reaped_new, extra);
  task.owed_before = difference(task.owed, difference(paid, task.owed_before));
  task.owed = task.reaped_new = {};
  if (extra.total() != 0) {
    if (task.unsettled.empty()) task.unsettled.push_back(pid);
    const std::uint64_t count = task.unsettled.size();
    const CpuTime share{extra.user / count, extra.system / count};
    CpuTime rest = extra;
    for (const pid_t heir : task.unsettled) {
      const CpuTime part = heir == task.unsettled.back() ? rest : share;
      charge(heir, {.cpu = part, .on_cpu = task.last.cpu});
      rest = difference(rest, part);
    }
  }
  for (const pid_t heir : task.unsettled) {
    if (heir != pid) release(heir);
  }
  task.unsettled.clear();
}

// Of threads that are elsewhere than their process, since the last look.
std::map<pid_t, CpuTime> Machine::thread_times(pid_t leader) {
  std::map<pid_t, CpuTime> times;
  for (Group* root : roots_) {
    for (const auto& [thread, place] : root->places->threads) {
      if (place.leader != leader || times.contains(thread)) continue;
      const auto stat = processes_.thread_stat(leader, thread);
      CpuTime& seen = thread_seen_[thread];
      times[thread] = stat ? difference(stat->own, seen) : CpuTime{};
      add_to(seen, times[thread]);
    }
  }
  return times;
}

void Machine::charge(pid_t pid, const Earned& earned) {
  const IoUse& io = earned.io;
  const bool none = earned.cpu.total() == 0 && earned.faults + earned.major_faults == 0 &&
                    io.read_bytes + io.write_bytes + io.reads + io.writes == 0;
  if (none) return;
  const auto threads = thread_times(pid);
  for (Group* root : roots_) {
    CpuTime rest = earned.cpu;
    for (const auto& [thread, time] : threads) {
      const auto place = root->places->threads.find(thread);
      if (place == root->places->threads.end()) continue;
      const CpuTime left = difference(rest, time), part = difference(rest, left);
      rest = left;
      for (Group* group = place->second.group; group != nullptr; group = group->parent) {
        add_up(group->used, part, earned.on_cpu);
      }
    }
    for (Group* group = &place_of(*root, pid); group != nullptr; group = group->parent) {
      Used& used = group->used;
      add_up(used, rest, earned.on_cpu);
      used.faults += earned.faults;
      used.major_faults += earned.major_faults;
      used.io.read_bytes += io.read_bytes;
      used.io.write_bytes += io.write_bytes;
      used.io.reads += io.reads;
      used.io.writes += io.writes;
    }
  }
}

MemoryUse Machine::memory_in(const Group& group) const {
  MemoryUse sum;
  if (is_root(group)) {
    for (const auto& [pid, task] : tasks_) add_memory(sum, task.memory);
    return sum;
  }
  add_memory(sum, memory_of_members(group));
  for (const auto& [name, child] : group.children) add_memory(sum, memory_in(*child));
  return sum;
}

MemoryUse Machine::memory_of_members(const Group& group) const {
  MemoryUse sum;
  for (const pid_t pid : group.members) {
    if (const auto at = tasks_.find(pid); at != tasks_.end()) add_memory(sum, at->second.memory);
  }
  return sum;
}

}  // namespace testbed
