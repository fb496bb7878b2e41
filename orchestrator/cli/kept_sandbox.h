#pragma once

#include <optional>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/files.h"

namespace testbed {

// What `up` has brought up and `down` finds: a file below root_of_areas() that the process which
// keeps the sandbox holds locked. A file that nobody holds is of one that was killed.
struct KeptSandbox {
  pid_t keeper = 0;
  std::string run;      // its record
  std::string sandbox;  // label: "runsc-20260701"
  std::string approach;
  std::string kubeconfig;  // a file, for programs outside of the sandbox
  int port = 0;            // on 127.0.0.1, where its API server answers
};

fs::path state_file_of(const std::string& name);
fs::path kubeconfig_of(const std::string& name);
fs::path log_file_of(const std::string& name);

// Held by the keeper for as long as the sandbox is kept.
class KeeperLock {
 public:
  // Nothing if another process keeps something under this name.
  static Result<std::optional<KeeperLock>> take(const std::string& name);
  Result<> publish(const KeptSandbox& kept) const;
  // Removes every file of that name.
  ~KeeperLock();
  KeeperLock(KeeperLock&&) = default;

 private:
  KeeperLock(std::string name, UniqueFd fd) : name_(std::move(name)), fd_(std::move(fd)) {}
  std::string name_;
  UniqueFd fd_;
};

// What is kept under a name; nothing if nobody keeps anything.
Result<std::optional<KeptSandbox>> kept_sandbox(const std::string& name);

// Until its keeper has let go.
Result<> wait_until_gone(const std::string& name, Deadline deadline);

}  // namespace testbed
