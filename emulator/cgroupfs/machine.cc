#include "emulator/cgroupfs/machine.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {
namespace {

// How old a reading may be: short enough that nobody notices, and long enough that reading /proc
// takes a small part of the time also where it is slow.
constexpr std::uint64_t kLeastAge = 5000000, kMostAge = 500000000, kCostFactor = 4;

CpuTime difference(const CpuTime& now, const CpuTime& before) {
  return {now.user - std::min(now.user, before.user),
          now.system - std::min(now.system, before.system)};
}

void add_to(CpuTime& sum, const CpuTime& time) {
  sum.user += time.user;
  sum.system += time.system;
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

Group& root_of(Group& group) { return is_root(group) ? group : root_of(*group.parent); }

bool has_value(const Group& group, std::string_view file, std::string_view value) {
  const auto at = group.values.find(file);
  return at != group.values.end() && at->second == value;
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

bool is_frozen(const Group& group) {
  return has_value(group, "cgroup.freeze", "1") || has_value(group, "freezer.state", "FROZEN") ||
         (!is_root(group) && is_frozen(*group.parent));
}

Group& Machine::place_of(Group& root, pid_t leader) const {
  const auto at = root.places->processes.find(leader);
  return at == root.places->processes.end() ? root : *at->second;
}

Group& Machine::place_of_thread(Group& root, pid_t thread, pid_t leader) const {
  const auto at = root.places->threads.find(thread);
  return at == root.places->threads.end() ? place_of(root, leader) : *at->second.group;
}

void Machine::discover() {
  if (looked_) return;
  looked_ = true;
  const std::vector<pid_t> present = processes_.all();
  std::vector<std::pair<ProcessStat, pid_t>> fresh;
  auto known = tasks_.begin();
  for (const pid_t pid : present) {
    while (known != tasks_.end() && known->first < pid) known = remove(known);
    if (known != tasks_.end() && known->first == pid) {
      ++known;
    } else if (const auto stat = processes_.stat_of(pid)) {
      fresh.emplace_back(*stat, pid);
    }
  }
  while (known != tasks_.end()) known = remove(known);
  // Parents first: what they were born into decides about their children.
  std::stable_sort(fresh.begin(), fresh.end(),
                   [](const auto& a, const auto& b) { return a.first.start < b.first.start; });
  for (const auto& [stat, pid] : fresh) add(pid, stat);
  known_ = true;
}

void Machine::add(pid_t pid, const ProcessStat& stat) {
  Task& task = tasks_[pid];
  task.last = stat;
  if (!known_) {  // it was there before us: its past is the root's
    Earned past{.cpu = stat.own, .on_cpu = stat.cpu};
    add_to(past.cpu, stat.reaped);
    charge(pid, past);
  } else {
    task.last.own = task.last.reaped = {};
    task.last.faults = task.last.major_faults = 0;
  }
  task.ended = stat.zombie;
  std::vector<Group*> born_in;
  for (Group* root : roots_) {
    Group& place = place_of(*root, stat.parent);
    if (is_root(place)) continue;
    root->places->processes[pid] = &place;
    (stat.zombie ? place.ended : place.members).insert(pid);
    born_in.push_back(&place);
  }
  freeze_if_needed(pid, task);
  for (Group* group : born_in) count_fork(*group);  // looks at processes: `task` may be gone then
}

// The fork that the kernel would have refused.
void Machine::count_fork(Group& group) {
  for (Group* above = &group; !is_root(*above); above = above->parent) {
    const auto limit = above->values.find("pids.max");
    if (limit == above->values.end() || limit->second == "max") continue;
    if (threads_in(*above) > std::strtoull(limit->second.c_str(), nullptr, 10)) {
      ++above->pids_hits;
      return;
    }
  }
}

// A zombie is listed no more, but what it used is not known in full before it is gone.
void Machine::end(pid_t pid, Task& task) {
  if (task.ended) return;
  task.ended = true;
  for (Group* root : roots_) {
    Group& place = place_of(*root, pid);
    if (place.members.erase(pid) != 0) place.ended.insert(pid);
  }
}

Machine::Tasks::iterator Machine::remove(Tasks::iterator at) {
  const pid_t pid = at->first;
  for (Group* root : roots_) {
    Places& places = *root->places;
    if (const auto place = places.processes.find(pid); place != places.processes.end()) {
      place->second->members.erase(pid);
      place->second->ended.erase(pid);
      places.processes.erase(place);
    }
    std::erase_if(places.threads, [&](const auto& entry) {
      if (entry.second.leader != pid) return false;
      entry.second.group->threads.erase(entry.first);
      thread_seen_.erase(entry.first);
      return true;
    });
  }
  // Whoever waits for it gets its times added to those of its children. What is accounted for by
  // now must not be counted again then.
  if (const auto parent = tasks_.find(at->second.last.parent); parent != tasks_.end()) {
    add_to(parent->second.owed, at->second.last.own);
    add_to(parent->second.owed, at->second.last.reaped);
    // Linux adds what it moved to what its parent did.
    const IoUse& io = at->second.io;
    IoUse& owed = parent->second.io_owed;
    owed = {owed.read_bytes + io.read_bytes, owed.write_bytes + io.write_bytes,
            owed.reads + io.reads, owed.writes + io.writes};
  }
  return tasks_.erase(at);
}

bool Machine::lives(pid_t pid) {
  const auto at = tasks_.find(pid);
  if (at == tasks_.end()) return false;
  const auto stat = processes_.stat_of(pid);
  if (!stat || stat->start != at->second.last.start) {
    remove(at);
    if (stat) add(pid, *stat);
    return stat && !stat->zombie;
  }
  at->second.last.threads = stat->threads;
  at->second.last.stopped = stat->stopped;
  if (stat->zombie) end(pid, at->second);
  return !stat->zombie;
}

std::vector<pid_t> Machine::processes_in(Group& group) {
  discover();
  std::vector<pid_t> found;
  if (is_root(group)) {
    std::vector<pid_t> candidates;
    for (const auto& [pid, task] : tasks_) {
      if (!group.places->processes.contains(pid)) candidates.push_back(pid);
    }
    std::erase_if(candidates, [&](pid_t pid) { return !lives(pid); });
    return candidates;
  }
  const std::vector<pid_t> candidates(group.members.begin(), group.members.end());
  for (const pid_t pid : candidates) {
    if (lives(pid) && group.members.contains(pid)) found.push_back(pid);
  }
  return found;
}

void Machine::drop_ended_threads(Group& group) {
  std::erase_if(group.threads, [&](const auto& entry) {
    if (processes_.thread_stat(entry.second, entry.first)) return false;
    root_of(group).places->threads.erase(entry.first);
    thread_seen_.erase(entry.first);
    return true;
  });
}

std::vector<pid_t> Machine::threads_listed(Group& group) {
  const Places& places = *root_of(group).places;
  std::vector<pid_t> found;
  for (const pid_t pid : processes_in(group)) {
    for (const pid_t thread : processes_.threads_of(pid)) {
      if (!places.threads.contains(thread)) found.push_back(thread);
    }
  }
  drop_ended_threads(group);
  for (const auto& [thread, leader] : group.threads) found.push_back(thread);
  std::sort(found.begin(), found.end());
  return found;
}

std::size_t Machine::threads_in(Group& group) {
  discover();
  const Places& places = *root_of(group).places;
  std::size_t count = 0;
  for (const pid_t pid : processes_in(group)) count += tasks_[pid].last.threads;
  if (!places.threads.empty()) {
    for (const auto& [thread, place] : places.threads) {
      const bool was_counted = !is_root(group) && group.members.contains(place.leader);
      if (was_counted && count > 0) --count;
    }
    drop_ended_threads(group);
    count += group.threads.size();
  }
  for (auto& [name, child] : group.children) count += threads_in(*child);
  return count;
}

bool Machine::each_within(Group& group, const std::function<bool(pid_t)>& visit) {
  if (!is_root(group)) {
    for (const pid_t pid : processes_in(group)) {
      if (!visit(pid)) return false;
    }
    drop_ended_threads(group);
    for (const auto& [thread, leader] : group.threads) {
      if (!visit(leader)) return false;
    }
  }
  for (auto& [name, child] : group.children) {
    if (!each_within(*child, visit)) return false;
  }
  return true;
}

bool Machine::is_populated(Group& group) {
  return !each_within(group, [](pid_t) { return false; });
}

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
  for (const pid_t pid : gone) remove(tasks_.find(pid));
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
// moments of the others. A debt that the second look does not settle is none: children that are not
// waited for are never added up.
void Machine::settle(pid_t pid, Task& task) {
  CpuTime owed = task.owed_before;
  add_to(owed, task.owed);
  const CpuTime extra = difference(task.reaped_new, owed);
  const CpuTime paid = difference(task.reaped_new, extra);
  task.owed_before = difference(task.owed, difference(paid, task.owed_before));
  task.owed = task.reaped_new = {};
  if (extra.total() != 0) charge(pid, {.cpu = extra, .on_cpu = task.last.cpu});
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

void Machine::move_process(pid_t leader, Group& to) {
  discover();
  const auto at = tasks_.find(leader);
  if (at == tasks_.end()) return;
  if (const auto stat = processes_.stat_of(leader)) look_at(leader, at->second, *stat, kIo);
  settle(leader, at->second);
  Places& places = *root_of(to).places;
  std::erase_if(places.threads, [&](const auto& entry) {
    if (entry.second.leader != leader) return false;
    entry.second.group->threads.erase(entry.first);
    return true;
  });
  place_of(root_of(to), leader).members.erase(leader);
  if (is_root(to)) {
    places.processes.erase(leader);
  } else {
    places.processes[leader] = &to;
    to.members.insert(leader);
  }
  freeze_if_needed(leader, at->second);
}

void Machine::move_thread(pid_t thread, pid_t leader, Group& to) {
  discover();
  const auto at = tasks_.find(leader);
  if (at == tasks_.end()) return;
  if (const auto stat = processes_.stat_of(leader)) look_at(leader, at->second, *stat, kCpu);
  Group& root = root_of(to);
  Places& places = *root.places;
  if (const auto stat = processes_.thread_stat(leader, thread)) {
    thread_seen_.try_emplace(thread, stat->own);
  }
  place_of_thread(root, thread, leader).threads.erase(thread);
  places.threads.erase(thread);
  if (&place_of(root, leader) == &to) return;  // with the others again
  places.threads[thread] = {&to, leader};
  to.threads[thread] = leader;
}

void Machine::forget(Group& group) {
  Places& places = *root_of(group).places;
  for (const pid_t pid : group.ended) {
    if (is_root(*group.parent)) {
      places.processes.erase(pid);
    } else {
      places.processes[pid] = group.parent;
      group.parent->ended.insert(pid);
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

// Processes that somebody else has stopped stay so.
void Machine::freeze_if_needed(pid_t pid, Task& task) {
  if (report_only_ || task.ended || pid == ::getpid()) return;
  const bool frozen = std::any_of(roots_.begin(), roots_.end(),
                                  [&](Group* root) { return is_frozen(place_of(*root, pid)); });
  if (frozen && !task.stopped_here && !task.last.stopped) {
    processes_.send_signal(pid, SIGSTOP);
    task.stopped_here = true;
  } else if (!frozen && task.stopped_here) {
    processes_.send_signal(pid, SIGCONT);
    task.stopped_here = false;
  }
}

void Machine::apply_freeze(Group& group) {
  each_within(group, [&](pid_t pid) {
    if (const auto at = tasks_.find(pid); at != tasks_.end()) freeze_if_needed(pid, at->second);
    return true;
  });
}

}  // namespace testbed
