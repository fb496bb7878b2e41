#include "emulator/cgroupfs/control_faults.h"

#include <fnmatch.h>

#include <algorithm>

namespace testbed {

std::uint64_t InjectedFaults::add(InjectedFault fault) {
  const std::lock_guard lock(mutex_);
  fault.id = ++last_id_;
  faults_.push_back(std::move(fault));
  count_ = faults_.size();
  return last_id_;
}

bool InjectedFaults::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const std::size_t removed =
      std::erase_if(faults_, [&](const InjectedFault& fault) { return id == 0 || fault.id == id; });
  count_ = faults_.size();
  return removed > 0 || id == 0;
}

std::vector<InjectedFault> InjectedFaults::list() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::optional<InjectedFault> InjectedFaults::take(std::uint32_t opcode, std::string_view path) {
  const std::string text(path);
  const std::lock_guard lock(mutex_);
  const auto fits = [&](const InjectedFault& fault) {
    return fault.opcode.value_or(opcode) == opcode &&
           ::fnmatch(fault.path.c_str(), text.c_str(), 0) == 0;
  };
  const auto at = std::find_if(faults_.begin(), faults_.end(), fits);
  if (at == faults_.end()) return std::nullopt;
  InjectedFault fault = *at;
  if (at->times == 1) {
    faults_.erase(at);
  } else if (at->times > 1) {
    --at->times;
  }
  count_ = faults_.size();
  return fault;
}

}  // namespace testbed
