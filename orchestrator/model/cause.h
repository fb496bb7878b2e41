#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model/names.h"
#include "orchestrator/model/version_range.h"

namespace testbed {

// A journal entry that must have been made while the check ran.
struct JournalPattern {
  std::string op;          // "ACCESS"
  std::string errno_name;  // "ENOSYS"; empty: any answer
};

// A rule that turns evidence into a cause. Every condition that is set must hold; lists hold if one
// entry does.
struct CauseRule {
  std::string signature;  // the file's name: "fuse-access-enosys"
  std::string layer;      // "fuse server", "sandbox", "host", "workload", "test bed"
  std::string operation;  // "FUSE_ACCESS"
  std::string summary;    // what happened, one sentence
  std::string remedy;     // what to do about it

  struct When {
    std::vector<std::string> stages;      // the stage that broke; empty: the cell broke in a check
    std::vector<std::string> errnos;      // of the failing check
    std::vector<std::string> calls;       // of a probe: its decisive system call
    std::vector<std::string> commands;    // argv[0] of the failing check
    std::vector<JournalPattern> journal;  // all of them
    std::vector<JournalPattern> not_in_journal;
    std::vector<std::string>
        text_matches;  // one regex found in output, error output or the stage's message
    std::vector<std::string> checks;       // names of checks
    std::vector<std::string> components;   // one that the cell's approach has
    std::vector<Observed> observed;        // of the failing check: hang, crash, ...
    std::vector<std::string> standstills;  // of a thread of a hung command: standstill_kinds()
    std::optional<VersionRange> versions;  // of a runsc sandbox
  } when;
  int priority = 0;  // the highest that matches wins; equal ones: by name
  std::string file;
};

// Why, machine-readable. Equal causes have equal signatures across versions and runs.
struct Cause {
  std::string signature;  // "unknown:open:ENOSYS" where no rule matches
  std::string layer, operation, errno_name, object;
  std::string summary, remedy;
  std::vector<std::string> evidence;  // quotable lines: journal entries, outputs

  bool operator==(const Cause&) const = default;
};

// A cause or none, used like std::optional. Copies share it until one is changed: an outcome, its
// attempt and its check have the same, and so do thousands of cells of a large run.
class OptionalCause {
 public:
  OptionalCause() = default;
  OptionalCause(std::nullopt_t) {}
  OptionalCause(Cause cause) : cause_(std::make_shared<Cause>(std::move(cause))) {}

  explicit operator bool() const { return cause_ != nullptr; }
  bool has_value() const { return cause_ != nullptr; }
  void reset() { cause_.reset(); }
  const Cause& value() const { return *cause_; }
  const Cause& operator*() const { return *cause_; }
  const Cause* operator->() const { return cause_.get(); }
  Cause* operator->() {
    if (cause_.use_count() > 1) cause_ = std::make_shared<Cause>(*cause_);
    return cause_.get();
  }

 private:
  std::shared_ptr<Cause> cause_;
};

}  // namespace testbed
