#include "emulator/supervisor/tracer.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

#include "emulator/supervisor/scratch.h"

namespace testbed::supervisor {
namespace {

constexpr std::int64_t kMostErrno = 4095;

}  // namespace

// ESRCH is no error: somebody killed the thread, and wait will tell.
void Tracer::resume(pid_t tid, __ptrace_request how, int signal) const {
  // A thread that is given a signal, or stays in its group's stop, looks for others by itself.
  if (loses_signals_ && signal == 0 && how != PTRACE_LISTEN) notice_signals(tid);
  ::ptrace(how, tid, nullptr, static_cast<long>(signal));
}

int Tracer::run(pid_t main, const std::function<void()>& executed) {
  int result = 0;
  bool started = false;
  while (collect()) {
    for (; !waiting_.empty(); waiting_.pop_front()) {
      const auto [tid, status] = waiting_.front();
      const Event event = decode_wait_status(status);
      if (commands_.contains(tid)) {
        command_ended(tid);
        continue;
      }
      if (tid == main && event.kind == Event::Kind::Exited) result = event.value;
      if (tid == main && event.kind == Event::Kind::Killed) result = 128 + event.value;
      if (tid == main && event.kind == Event::Kind::Executed && !started) {
        started = true;
        executed();
      }
      on_stop(tid, status);
    }
  }
  return result;
}

// Now and then takes every stop there is before any is answered: the kernel offers them in the
// order of its list, and the threads at its end would starve behind busy ones at its front. Not
// each time, since the kernel looks at all threads to find out that no other has stopped.
bool Tracer::collect() {
  int status = 0;
  pid_t tid = 0;
  do {
    tid = ::waitpid(-1, &status, __WALL | __WNOTHREAD);
  } while (tid < 0 && errno == EINTR);
  if (tid < 0) return false;
  waiting_.emplace_back(tid, status);
  constexpr int kBetween = 8;
  if (stops_.threads() <= 1 || ++since_all_ < kBetween) return true;
  since_all_ = 0;
  while ((tid = ::waitpid(-1, &status, __WALL | __WNOTHREAD | WNOHANG)) > 0) {
    waiting_.emplace_back(tid, status);
  }
  return true;
}

void Tracer::on_stop(pid_t tid, int status) {
  const Event event = decode_wait_status(status);
  switch (stops_.on(tid, event)) {
    case Answer::Resume:
      return resume(tid, PTRACE_CONT);
    case Answer::ResumeToStop:
      return resume(tid, PTRACE_SYSCALL);
    case Answer::Deliver:
      return deliver(tid, event.value);
    case Answer::Listen:
      return resume(tid, PTRACE_LISTEN);
    case Answer::AskHandler:
      return ask_handler(tid);
    case Answer::FinishCall:
      return finish_call(tid);
    case Answer::TakeOver:
      return take_over(tid);
    case Answer::Forget:
      return forget(tid);
  }
}

void Tracer::ask_handler(pid_t tid) {
  const auto since = Account::Clock::now();
  Registers registers{};
  if (!get_registers(tid, registers)) return;
  auto [entry, added] = tasks_.try_emplace(tid);
  if (added) account_.count_thread();
  Task& task = entry->second;
  // The kernel starts an interrupted call again by itself: its path is already changed.
  if (scratch::is_in_code(task.scratch, registers.rip)) return resume(tid, PTRACE_CONT);
  StoppedCall stopped{
      .tid = tid, .call = find_call(static_cast<long>(registers.orig_rax)), .memory = &memory_};
  if (stopped.call == nullptr) return resume(tid, PTRACE_CONT);
  get_arguments(registers, stopped.args);
  Decision decision = handlers_.decide(stopped);
  // Counted once, when the path has a place to be written to.
  const bool maps_first = decision.kind == Decision::Kind::Run && !decision.paths.empty() &&
                          !task.no_scratch && !has_scratch(tid, task);
  if (maps_first) return map_scratch(tid, task, registers);
  account_.decided(stopped, decision, handlers_.logs(stopped.call), since);
  if (!decision.command.empty()) return run_command(tid, std::move(decision), registers);
  carry_out(tid, task, registers, std::move(decision));
}

void Tracer::run_command(pid_t tid, Decision decision, Registers& registers) {
  auto command = start_command(decision.command, tid, decision.object);
  if (!command) return answer(tid, registers, -EIO);
  const pid_t pid = command->pid;
  commands_[pid] = {std::move(command).value(), tid, std::move(decision.with_output)};
}

void Tracer::command_ended(pid_t pid) {
  const Pending pending = std::move(commands_[pid]);
  commands_.erase(pid);
  const auto task = tasks_.find(pending.tid);
  Registers registers{};
  if (task == tasks_.end() || !get_registers(pending.tid, registers)) return;  // killed meanwhile
  carry_out(pending.tid, task->second, registers, pending.with_output(pending.command.text()));
}

void Tracer::carry_out(pid_t tid, Task& task, Registers& registers, Decision decision) {
  switch (decision.kind) {
    case Decision::Kind::Continue:
      return resume(tid, PTRACE_CONT);
    case Decision::Kind::Return:
      return answer(tid, registers, decision.value);
    case Decision::Kind::Run:
      return run_changed(tid, task, registers, std::move(decision));
  }
}

void Tracer::answer(pid_t tid, Registers& registers, std::int64_t value) {
  registers.orig_rax = static_cast<unsigned long long>(-1);
  registers.rax = static_cast<unsigned long long>(value);
  set_registers(tid, registers);
  resume(tid, PTRACE_CONT);
}

int Tracer::take_slot(std::vector<int>& free, int& next, std::size_t most) const {
  if (!free.empty()) {
    const int slot = free.back();
    free.pop_back();
    return slot;
  }
  return static_cast<std::size_t>(next) < most ? next++ : -1;
}

void Tracer::run_changed(pid_t tid, Task& task, Registers& registers, Decision decision) {
  if (!decision.paths.empty() && task.no_scratch) return answer(tid, registers, -ENOMEM);
  const Registers program = registers;
  if (task.slot < 0 && !decision.paths.empty()) {
    task.slot = take_slot(free_slots_, next_slot_, scratch::kSlots);
  }
  if (decision.args.empty() && decision.number < 0 && !decision.at_exit && task.slot >= 0) {
    const std::uint64_t slot =
        scratch::slot_address(task.scratch, static_cast<std::size_t>(task.slot));
    if (const auto detour = scratch::detour(task.scratch, slot, registers, decision.paths)) {
      // A loop asks for the same from the same place. Nobody else writes there.
      if (detour->slot != task.in_slot) {
        if (memory_.write(tid, slot, detour->slot) != 0) return answer(tid, registers, -ENOMEM);
        task.in_slot = detour->slot;
      }
      for (const auto& [index, value] : detour->arguments) set_argument(registers, index, value);
      registers.rip = detour->return_to;
      set_registers(tid, registers);
      return resume(tid, PTRACE_CONT);
    }
  }
  if (!decision.paths.empty()) {
    if (task.big_slot < 0) {
      task.big_slot = take_slot(free_big_slots_, next_big_slot_, scratch::kBigSlots);
    }
    if (task.big_slot < 0) return answer(tid, registers, -ENOMEM);
    std::uint64_t place =
        scratch::big_slot_address(task.scratch, static_cast<std::size_t>(task.big_slot));
    for (const auto& [index, path] : decision.paths) {
      if (path.size() >= 4096) return answer(tid, registers, -ENAMETOOLONG);
      if (memory_.write(tid, place, {path.c_str(), path.size() + 1}) != 0) {
        return answer(tid, registers, -ENOMEM);
      }
      set_argument(registers, index, place);
      place += path.size() + 1;
    }
  }
  for (const auto& [index, value] : decision.args) set_argument(registers, index, value);
  if (decision.number >= 0) registers.orig_rax = static_cast<unsigned long long>(decision.number);
  task.program = program;
  task.running = Task::Calling;
  task.at_exit = std::move(decision.at_exit);
  set_registers(tid, registers);
  stops_.run_to_exit(tid);
  resume(tid, PTRACE_SYSCALL);
}

void Tracer::finish_call(pid_t tid) {
  Task& task = tasks_[tid];
  Registers registers{};
  if (!get_registers(tid, registers)) return;
  const auto result = static_cast<std::int64_t>(registers.rax);
  const auto running = task.running;
  task.running = Task::None;
  if (running == Task::Mapping) return scratch_mapped(tid, task, result);
  if (running == Task::Calling) {
    std::uint64_t args[6];
    get_arguments(task.program, args);
    for (int index = 0; index < 6; ++index) set_argument(registers, index, args[index]);
    if (task.at_exit) {
      registers.rax = static_cast<unsigned long long>(task.at_exit(result));
      task.at_exit = nullptr;
    }
    set_registers(tid, registers);
    if (task.big_slot >= 0) free_big_slots_.push_back(task.big_slot);
    task.big_slot = -1;
  }
  resume(tid, PTRACE_CONT);
}

bool Tracer::has_scratch(pid_t tid, Task& task) const {
  if (task.scratch != 0) return true;
  // Perhaps another thread of the process has mapped it, or it came with the fork.
  std::string found(scratch::code().size(), '\0');
  if (memory_.read(tid, scratch::kHint, found) != 0 || found != scratch::code()) return false;
  task.scratch = scratch::kHint;
  return true;
}

// The call is replaced by mmap; when that is over, the program makes its own call again.
void Tracer::map_scratch(pid_t tid, Task& task, const Registers& registers) {
  task.program = registers;
  task.running = Task::Mapping;
  Registers mapping = registers;
  mapping.orig_rax = SYS_mmap;
  const std::uint64_t args[6] = {scratch::kHint,
                                 scratch::kSize,
                                 PROT_READ | PROT_WRITE | PROT_EXEC,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                                 ~std::uint64_t{0},
                                 0};
  for (int index = 0; index < 6; ++index) set_argument(mapping, index, args[index]);
  set_registers(tid, mapping);
  stops_.run_to_exit(tid);
  resume(tid, PTRACE_SYSCALL);
}

void Tracer::scratch_mapped(pid_t tid, Task& task, std::int64_t result) {
  const bool failed = result < 0 && result >= -kMostErrno;
  const auto base = static_cast<std::uint64_t>(result);
  task.no_scratch = failed || memory_.write(tid, base, scratch::code()) != 0;
  task.scratch = task.no_scratch ? 0 : base;
  Registers registers = task.program;
  registers.rip -= 2;  // the length of the instruction `syscall`
  registers.rax = registers.orig_rax;
  registers.orig_rax = static_cast<unsigned long long>(-1);  // no call is under way any more
  set_registers(tid, registers);
  resume(tid, PTRACE_CONT);
}

void Tracer::deliver(pid_t tid, int signal) {
  const auto found = tasks_.find(tid);
  if (found != tasks_.end() && found->second.scratch != 0) {
    Registers registers{};
    if (get_registers(tid, registers) &&
        scratch::is_in_code(found->second.scratch, registers.rip) &&
        scratch::leave(found->second.scratch, tid, memory_, registers)) {
      set_registers(tid, registers);
    }
  }
  resume(tid, PTRACE_CONT, signal);
}

void Tracer::take_over(pid_t tid) {
  unsigned long former = 0;
  if (::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &former) == 0 && former != 0 &&
      static_cast<pid_t>(former) != tid) {
    stops_.took_number_of_leader(static_cast<pid_t>(former));
    forget(static_cast<pid_t>(former));
  }
  forget(tid);
  resume(tid, PTRACE_CONT);
}

void Tracer::forget(pid_t tid) {
  const auto found = tasks_.find(tid);
  if (found == tasks_.end()) return;
  if (found->second.slot >= 0) free_slots_.push_back(found->second.slot);
  if (found->second.big_slot >= 0) free_big_slots_.push_back(found->second.big_slot);
  tasks_.erase(found);
}

}  // namespace testbed::supervisor
