#include "orchestrator/cli/kept_sandbox.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>

#include "orchestrator/base/json.h"
#include "orchestrator/run/area.h"

namespace testbed {
namespace {

constexpr milliseconds kBetweenLooks(100);

fs::path file_of(const std::string& name, const char* ending) {
  return root_of_areas() / ("up-" + name + ending);
}

bool lock_at_once(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

}  // namespace

fs::path state_file_of(const std::string& name) { return file_of(name, ".json"); }
fs::path kubeconfig_of(const std::string& name) { return file_of(name, ".kubeconfig"); }
fs::path log_file_of(const std::string& name) { return file_of(name, ".log"); }

Result<std::optional<KeeperLock>> KeeperLock::take(const std::string& name) {
  TRY(make_directories(root_of_areas()));
  UniqueFd fd = TRY(open_file(state_file_of(name), O_RDWR | O_CREAT | O_CLOEXEC));
  if (!lock_at_once(fd.get())) return std::optional<KeeperLock>();
  return std::optional(KeeperLock(name, std::move(fd)));
}

Result<> KeeperLock::publish(const KeptSandbox& kept) const {
  const std::string text = to_pretty(json::object{{"keeper", kept.keeper},
                                                  {"run", kept.run},
                                                  {"sandbox", kept.sandbox},
                                                  {"approach", kept.approach},
                                                  {"kubeconfig", kept.kubeconfig},
                                                  {"port", kept.port}});
  if (::ftruncate(fd_.get(), 0) != 0) return errno_error("ftruncate", state_file_of(name_), errno);
  return write_all(fd_.get(), text);
}

KeeperLock::~KeeperLock() {
  if (fd_.get() < 0) return;  // moved from
  std::error_code ignored;
  fs::remove(kubeconfig_of(name_), ignored);
  fs::remove(state_file_of(name_), ignored);
}

Result<std::optional<KeptSandbox>> kept_sandbox(const std::string& name) {
  const fs::path file = state_file_of(name);
  std::error_code error;
  if (!fs::exists(file, error)) return std::optional<KeptSandbox>();
  const UniqueFd fd = TRY(open_file(file, O_RDWR | O_CLOEXEC));
  if (lock_at_once(fd.get())) {  // its keeper was killed; the next command cleans up after its run
    fs::remove(kubeconfig_of(name), error);
    fs::remove(file, error);
    return std::optional<KeptSandbox>();
  }
  const std::string text = TRY(read_file(file));
  KeptSandbox kept;
  if (text.empty()) return std::optional(kept);  // on its way up
  const json::value value = TRY(parse_json(text));
  if (!value.is_object()) return Error{file.string() + " does not hold an object"};
  const json::object& object = value.as_object();
  kept.keeper = static_cast<pid_t>(number_or(object, "keeper"));
  kept.run = text_or(object, "run");
  kept.sandbox = text_or(object, "sandbox");
  kept.approach = text_or(object, "approach");
  kept.kubeconfig = text_or(object, "kubeconfig");
  kept.port = static_cast<int>(number_or(object, "port"));
  return std::optional(kept);
}

Result<> wait_until_gone(const std::string& name, Deadline deadline) {
  while (!deadline.expired()) {
    if (!TRY(kept_sandbox(name))) return {};
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return Error{"what keeps " + name + " has not ended in time; its log is " +
               log_file_of(name).string()};
}

}  // namespace testbed
