#include "emulator/cgroupfs/machine.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "emulator/cgroupfs/control_files.h"

namespace testbed {
namespace {

constexpr std::size_t kMostUnsettled = 64;

Group& root_of(Group& group) { return is_root(group) ? group : root_of(*group.parent); }

bool has_value(const Group& group, std::string_view file, std::string_view value) {
  const auto at = group.values.find(file);
  return at != group.values.end() && at->second == value;
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
  std::vector<pid_t> gone;
  auto known = tasks_.begin();
  for (const pid_t pid : present) {
    for (; known != tasks_.end() && known->first < pid; ++known) gone.push_back(known->first);
    if (known != tasks_.end() && known->first == pid) {
      ++known;
    } else if (const auto stat = processes_.stat_of(pid)) {
      fresh.emplace_back(*stat, pid);
    }
  }
  for (; known != tasks_.end(); ++known) gone.push_back(known->first);
  remove_all(std::move(gone));
  // Parents first: what they were born into decides about their children.
  std::stable_sort(fresh.begin(), fresh.end(),
                   [](const auto& a, const auto& b) { return a.first.start < b.first.start; });
  for (const auto& [stat, pid] : fresh) add(pid, stat);
  known_ = true;
}

void Machine::add(pid_t pid, const ProcessStat& stat) {
  release(pid);  // of one before it
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
    Group& place = birth_place(*root, pid, stat);
    if (is_root(place)) continue;
    root->places->processes[pid] = &place;
    (stat.zombie ? place.ended : place.members).insert(pid);
    born_in.push_back(&place);
  }
  freeze_if_needed(pid, task);
  for (Group* group : born_in) count_fork(*group);  // looks at processes: `task` may be gone then
}

Group& Machine::birth_place(Group& root, pid_t pid, const ProcessStat& stat) const {
  const bool told_by_parent = !known_ || siblings_.none();
  Group* place = told_by_parent ? nullptr : siblings_.place_of(processes_, pid, stat.parent, root);
  return place == nullptr ? place_of(root, stat.parent) : *place;
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

// Children first: what they used goes to their parents, and with these to theirs. Of those that
// began in one tick the higher id is the younger, but where ids begin anew.
void Machine::remove_all(std::vector<pid_t> gone) {
  const auto birth = [&](pid_t pid) { return std::pair(tasks_.at(pid).last.start, pid); };
  std::sort(gone.begin(), gone.end(), [&](pid_t a, pid_t b) { return birth(a) > birth(b); });
  for (const pid_t pid : gone) remove(tasks_.find(pid));
}

void Machine::remove(Tasks::iterator at) {
  const pid_t pid = at->first;
  siblings_.parent_ended(pid);
  for (Group* root : roots_) {
    Places& places = *root->places;
    if (const auto place = places.processes.find(pid); place != places.processes.end()) {
      place->second->members.erase(pid);
      place->second->ended.insert(pid);
    }
    std::erase_if(places.threads, [&](const auto& entry) {
      if (entry.second.leader != pid) return false;
      entry.second.group->threads.erase(entry.first);
      thread_seen_.erase(entry.first);
      return true;
    });
  }
  const auto parent = tasks_.find(at->second.last.parent);
  at->second.unsettled.push_back(pid);
  if (parent == tasks_.end()) {
    for (const pid_t ended : at->second.unsettled) release(ended);
  } else {
    leave_to(parent->second, at->second);
  }
  tasks_.erase(at);
}

// Whoever waits for it gets its times and those of its children added to those of its own children.
// What is accounted for by now must not be counted again then; the rest is what it used unseen.
void Machine::leave_to(Task& parent, const Task& gone) {
  add_to(parent.owed, gone.last.own);
  for (const CpuTime& of_children : {gone.last.reaped, gone.owed, gone.owed_before}) {
    add_to(parent.owed, of_children);
  }
  // Linux adds what it moved to what its parent did.
  const IoUse& io = gone.io;
  IoUse& owed = parent.io_owed;
  owed = {owed.read_bytes + io.read_bytes, owed.write_bytes + io.write_bytes, owed.reads + io.reads,
          owed.writes + io.writes};
  for (const pid_t pid : gone.unsettled) {
    if (!is_member(pid)) continue;
    parent.unsettled.push_back(pid);
    if (parent.unsettled.size() <= kMostUnsettled) continue;
    release(parent.unsettled.front());
    parent.unsettled.pop_front();
  }
}

bool Machine::is_member(pid_t pid) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const Group* root) { return root->places->processes.contains(pid); });
}

void Machine::release(pid_t pid) {
  for (Group* root : roots_) {
    auto& places = root->places->processes;
    const auto place = places.find(pid);
    if (place == places.end()) continue;
    place->second->ended.erase(pid);
    places.erase(place);
  }
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
  note_move(leader, to);
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
  siblings_.forget(group);
  std::erase_if(deferred_moves_, [&](const auto& move) { return move.second == &group; });
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

// Processes that somebody else has stopped stay so.
void Machine::freeze_if_needed(pid_t pid, Task& task) {
  if (report_only_ || task.ended || pid == ::getpid()) return;
  const bool frozen = std::any_of(roots_.begin(), roots_.end(),
                                  [&](Group* root) { return is_frozen(place_of(*root, pid)); });
  if (frozen && !task.stopped_here && !task.last.stopped) {
    signal(pid, SIGSTOP);
    task.stopped_here = true;
  } else if (!frozen && task.stopped_here) {
    signal(pid, SIGCONT);
    task.stopped_here = false;
  }
}

void Machine::signal(pid_t pid, int number) {
  if (defers_) {
    deferred_signals_.emplace_back(pid, number);
  } else {
    processes_.send_signal(pid, number);
  }
}

void Machine::note_move(pid_t leader, Group& to) {
  if (defers_) {
    deferred_moves_.emplace_back(leader, &to);
  } else if (const auto at = tasks_.find(leader); at != tasks_.end()) {
    siblings_.moved(processes_, leader, at->second.last.parent, root_of(to), to);
  }
}

void Machine::do_deferred() {
  defers_ = false;
  for (const auto& [pid, number] : deferred_signals_) processes_.send_signal(pid, number);
  for (const auto& [leader, to] : deferred_moves_) note_move(leader, *to);
  deferred_signals_.clear();
  deferred_moves_.clear();
}

void Machine::apply_freeze(Group& group) {
  each_within(group, [&](pid_t pid) {
    if (const auto at = tasks_.find(pid); at != tasks_.end()) freeze_if_needed(pid, at->second);
    return true;
  });
}

}  // namespace testbed
