#include "emulator/supervisor/handlers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace testbed::supervisor {
namespace {

std::vector<std::string> made_up_paths(const Rules& rules) {
  std::vector<std::string> paths;
  for (const VirtualFile& file : rules.files) paths.push_back(file.path);
  return paths;
}

// A task without a tracer would hear ENOSYS for every call the filter asks about.
Decision traced_clone(const StoppedCall& stopped) {
  constexpr std::uint64_t kUntraced = 0x00800000;
  Decision decision;
  if ((stopped.args[0] & kUntraced) == 0) return decision;
  decision.kind = Decision::Kind::Run;
  decision.rule = "clone";
  decision.args.emplace_back(0, stopped.args[0] & ~kUntraced);
  return decision;
}

}  // namespace

Handlers::Handlers(Rules rules)
    : rules_(std::move(rules)),
      map_(rules_.redirects, made_up_paths(rules_)),
      virtual_files_(rules_.files, rules_.mount_lines),
      failing_counts_(rules_.failing.size(), 0) {}

FilterPlan Handlers::plan() const {
  FilterPlan plan;
  if (!rules_.redirects.empty()) {
    for (const Call& call : all_calls()) {
      if (call.takes_path()) plan.traced.insert(call.number);
    }
    plan.traced.insert({number::kGetcwd, number::kIoUringSetup});
  }
  if (!virtual_files_.empty()) {
    plan.traced.insert({number::kOpen, number::kOpenat, number::kOpenat2, number::kCreat,
                        number::kReadlink, number::kReadlinkat, number::kFstatfs,
                        number::kIoUringSetup});
  }
  if (!rules_.files.empty()) {
    plan.traced.insert({number::kStat, number::kLstat, number::kNewfstatat, number::kStatx,
                        number::kAccess, number::kFaccessat, number::kFaccessat2});
  }
  if (!rules_.statfs_types.empty()) plan.traced.insert({number::kStatfs, number::kFstatfs});
  if (!plan.traced.empty()) {
    plan.traced.insert({number::kChroot, number::kPivotRoot, number::kSetns});
  }
  if (rules_.mount_without_rec) plan.traced.insert(number::kMount);
  for (const Failing& rule : rules_.failing) plan.traced.insert(rule.call->number);
  for (const Call* call : rules_.logged) plan.traced.insert(call->number);
  for (const int number : plan.traced) {
    const Call* call = find_call(static_cast<long>(number));
    if (call != nullptr && call->i386 >= 0) plan.denied_i386.insert(call->i386);
  }
  return plan;
}

Decision Handlers::decide(const StoppedCall& stopped) {
  if (const auto fault = failing(stopped, "")) return *fault;
  if (stopped.call->changes_walks) links_.forget();
  switch (stopped.call->number) {
    case number::kStatfs:
      return statfs(stopped);
    case number::kFstatfs:
      return fstatfs(stopped);
    case number::kReadlink:
    case number::kReadlinkat:
      return readlink(stopped);
    case number::kGetcwd:
      return getcwd(stopped);
    case number::kClone:
      return traced_clone(stopped);
    case number::kIoUringSetup:
      // What is asked for through a ring passes by every filter. Callers use plain calls then.
      return Decision::answer(-ENOSYS, "ring", "");
    case number::kSetns:
      roots_are_ours_ = false;
      return {};
    case number::kChroot:
    case number::kPivotRoot:
      return change_root(stopped);
    default:
      return by_paths(stopped);
  }
}

bool Handlers::logs(const Call* call) const {
  return std::find(rules_.logged.begin(), rules_.logged.end(), call) != rules_.logged.end();
}

std::optional<Decision> Handlers::failing(const StoppedCall& stopped, const std::string& path) {
  for (std::size_t i = 0; i < rules_.failing.size(); ++i) {
    const Failing& rule = rules_.failing[i];
    if (rule.call != stopped.call || rule.path.empty() != path.empty()) continue;
    if (!path.empty() && !is_within_pattern(path, rule.path)) continue;
    if (++failing_counts_[i] % rule.every == 0) {
      return Decision::answer(-rule.error, "fail", path);
    }
  }
  return std::nullopt;
}

std::optional<OpenHow> read_open_how(const StoppedCall& stopped) {
  OpenHow how;
  char bytes[sizeof how];
  if (stopped.memory->read(stopped.tid, stopped.args[2], bytes) != 0) return std::nullopt;
  std::memcpy(&how, bytes, sizeof how);
  return how;
}

}  // namespace testbed::supervisor
