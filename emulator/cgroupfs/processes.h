#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace testbed {

// In nanoseconds.
struct CpuTime {
  std::uint64_t user = 0, system = 0;
  std::uint64_t total() const { return user + system; }
};

// The processes that can be members of groups.
class Processes {
 public:
  virtual ~Processes() = default;
  // The process that a thread or process id belongs to; none when it is gone or a zombie, which
  // the kernel does not list either.
  virtual std::optional<pid_t> leader_of(pid_t id) const = 0;
  virtual std::vector<pid_t> all() const = 0;
  virtual std::vector<pid_t> threads_of(pid_t leader) const = 0;
  // Of all its threads since it started; nothing of one that is gone.
  virtual std::optional<CpuTime> cpu_time(pid_t leader) const = 0;
  virtual std::uint64_t resident_bytes(pid_t leader) const = 0;
  virtual void kill(pid_t leader) const = 0;  // SIGKILL
};

// Those that /proc shows to this program.
class HostProcesses final : public Processes {
 public:
  std::optional<pid_t> leader_of(pid_t id) const override;
  std::vector<pid_t> all() const override;
  std::vector<pid_t> threads_of(pid_t leader) const override;
  std::optional<CpuTime> cpu_time(pid_t leader) const override;
  std::uint64_t resident_bytes(pid_t leader) const override;
  void kill(pid_t leader) const override;
};

}  // namespace testbed
