#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "emulator/supervisor/bpf_filter.h"
#include "emulator/supervisor/handler.h"
#include "emulator/supervisor/path_map.h"
#include "emulator/supervisor/process_files.h"
#include "emulator/supervisor/rules.h"

namespace testbed::supervisor {

// The rules, ready to be applied to calls.
class Handlers {
 public:
  explicit Handlers(Rules rules);

  // Which calls have to be asked about, and no others.
  FilterPlan plan() const;
  Decision decide(const StoppedCall& stopped);
  bool logs(const Call* call) const;

 private:
  Decision by_paths(const StoppedCall& stopped);
  Decision statfs(const StoppedCall& stopped);
  Decision fstatfs(const StoppedCall& stopped);
  Decision readlink(const StoppedCall& stopped);
  Decision getcwd(const StoppedCall& stopped);
  std::optional<Decision> failing(const StoppedCall& stopped, const std::string& path);

  // Where a path argument leads; nothing when it cannot be read or means nothing to us.
  std::optional<Resolution> walk(const StoppedCall& stopped, const PathArgument& argument,
                                 ProcessFiles& files, std::string& path) const;
  bool concerns(const StoppedCall& stopped, const PathArgument& argument) const;
  Decision redirected(const StoppedCall& stopped, const PathArgument& argument,
                      const Resolution& found, const ProcessFiles& files, Decision decision) const;
  std::uint64_t type_of(const std::string& path) const;  // 0: no rule

  Rules rules_;
  PathMap map_;
  std::vector<std::uint64_t> failing_counts_{};
  bool roots_are_ours_ = true;  // until somebody changes a root
};

}  // namespace testbed::supervisor
