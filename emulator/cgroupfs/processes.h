#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace testbed {

// In nanoseconds.
struct CpuTime {
  std::uint64_t user = 0, system = 0;
  std::uint64_t total() const { return user + system; }
};

inline void add_to(CpuTime& sum, const CpuTime& time) {
  sum.user += time.user;
  sum.system += time.system;
}

// What /proc/PID/stat says of a process, or of one of its threads.
struct ProcessStat {
  pid_t parent = 0;
  std::uint64_t start =
      0;  // in ticks since boot: tells a reused id from the process it named before
  bool zombie = false;
  bool stopped = false;  // by a signal
  bool kernel = false;   // a thread of the kernel
  unsigned cpu = 0;      // where it ran last
  unsigned threads = 1;
  CpuTime own{};     // of all its threads, also ended ones
  CpuTime reaped{};  // of children that it has waited for, and what those had reaped
  std::uint64_t faults = 0, major_faults = 0;
};

// What it holds now, in bytes. Pages that several processes map are counted for each.
struct MemoryUse {
  std::uint64_t anon = 0, file = 0, shmem = 0, swap = 0;
  std::uint64_t total() const { return anon + file + shmem; }
};

// What it has moved to and from block devices, and how many calls of read(2) and write(2) it made.
struct IoUse {
  std::uint64_t read_bytes = 0, write_bytes = 0, reads = 0, writes = 0;
};

// User ids that decide who may move a process.
struct Owner {
  uid_t real = 0, saved = 0;
};

// The processes that can be members of groups.
class Processes {
 public:
  virtual ~Processes() = default;
  // The process that a thread or process id belongs to; none when it is gone or a zombie, which
  // the kernel does not list either.
  virtual std::optional<pid_t> leader_of(pid_t id) const = 0;
  // In ascending order, zombies included.
  virtual std::vector<pid_t> all() const = 0;
  virtual std::vector<pid_t> threads_of(pid_t leader) const = 0;
  virtual std::optional<ProcessStat> stat_of(pid_t leader) const = 0;
  virtual std::optional<ProcessStat> thread_stat(pid_t leader, pid_t thread) const = 0;
  virtual MemoryUse memory_of(pid_t leader) const = 0;
  virtual IoUse io_of(pid_t leader) const = 0;
  virtual std::optional<Owner> owner_of(pid_t leader) const = 0;
  // Names of the sockets and pipes that it has open, equal for one object in every process.
  virtual std::set<std::string> channels_of(pid_t leader) const = 0;
  virtual void send_signal(pid_t leader, int signal) const = 0;
  // How `viewer` calls that process or thread; none if it cannot see it. Equal in one pid
  // namespace.
  virtual std::optional<pid_t> id_for(pid_t viewer, pid_t id) const = 0;
  // The one that `viewer` calls that.
  virtual std::optional<pid_t> id_from(pid_t viewer, pid_t id) const = 0;
  // A clock that only goes forward, in nanoseconds.
  virtual std::uint64_t now() const = 0;
};

// Those that /proc shows to this program.
class HostProcesses final : public Processes {
 public:
  HostProcesses();
  std::optional<pid_t> leader_of(pid_t id) const override;
  std::vector<pid_t> all() const override;
  std::vector<pid_t> threads_of(pid_t leader) const override;
  std::optional<ProcessStat> stat_of(pid_t leader) const override;
  std::optional<ProcessStat> thread_stat(pid_t leader, pid_t thread) const override;
  MemoryUse memory_of(pid_t leader) const override;
  IoUse io_of(pid_t leader) const override;
  std::optional<Owner> owner_of(pid_t leader) const override;
  std::set<std::string> channels_of(pid_t leader) const override;
  void send_signal(pid_t leader, int signal) const override;
  std::optional<pid_t> id_for(pid_t viewer, pid_t id) const override;
  std::optional<pid_t> id_from(pid_t viewer, pid_t id) const override;
  std::uint64_t now() const override;

 private:
  // Empty where it cannot be told, as on gVisor versions without these links.
  static std::string namespace_of(pid_t id);
  bool sees_all(pid_t viewer) const;

  std::string namespace_;  // of pids, this program's
};

}  // namespace testbed
