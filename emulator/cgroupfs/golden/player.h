#pragma once

#include <sys/types.h>

#include <functional>
#include <map>

#include "emulator/cgroupfs/golden/operation.h"
#include "emulator/cgroupfs/golden/row.h"
#include "emulator/cgroupfs/golden/tree.h"

namespace testbed::golden {

// A process that waits in two threads. It ends with its owner.
class Sleeper {
 public:
  static Result<Sleeper> start();
  ~Sleeper();
  Sleeper(Sleeper&& other) noexcept;
  Sleeper& operator=(Sleeper&&) = delete;

  pid_t pid() const { return pid_; }
  pid_t thread() const { return thread_; }
  void end();           // killed and reaped
  void leave_zombie();  // killed, to be reaped later

 private:
  Sleeper(pid_t pid, pid_t thread) : pid_(pid), thread_(thread) {}
  pid_t pid_, thread_;
};

// Carries a script out on a tree, in groups of its own, which it removes.
class Player {
 public:
  // `name` is that of its groups; nobody else may use it.
  // With `enable`, controllers of v2 that the root group does not hand on are switched on there,
  // for all groups of the machine, and stay so.
  Player(Tree& tree, const Script& script, std::string name, bool enable);

  // The rows of all sections whose controller is there.
  Result<std::vector<Row>> play();

 private:
  // Makes the section's group; false: the tree lacks its controller.
  Result<bool> prepare(const Section& section);
  Result<bool> hand_on(const std::string& controllers);
  void finish();
  Row carry_out(const Operation& operation);
  Answer perform(const Operation& operation);
  Answer read_all(const std::string& path, std::size_t part);
  Answer write_to(const Operation& operation, const std::string& path);
  Answer with_open(const std::string& path, int flags, const std::function<Answer(long)>& work);
  void after_write(const Operation& operation, Row& row);

  std::string path_of(const std::string& word) const;
  std::string filled(const std::string& word) const;  // variables become values
  std::string normalised(const Operation& operation, std::string text) const;  // and back
  void remove_groups(const std::string& path);

  Tree& tree_;
  const Script& script_;
  std::string name_;
  bool enable_;
  std::string root_{};   // of the hierarchy: "cpu/", or nothing
  std::string base_{};   // the run's group in the hierarchy
  std::string group_{};  // the section's
  std::string cpus_{}, mems_{};
  std::map<std::string, Sleeper> sleepers_{};
  std::map<std::string, long> kept_{};
};

}  // namespace testbed::golden
