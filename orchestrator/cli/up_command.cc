#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "orchestrator/approach/components.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/joined.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/kept_sandbox.h"
#include "orchestrator/cli/recipe.h"
#include "orchestrator/cli/scenario_run.h"
#include "orchestrator/run/area.h"
#include "orchestrator/run/cell_network.h"

namespace testbed {
namespace {

constexpr int kApiPort = 6443;  // in the sandbox, and outside if it is free
constexpr std::chrono::seconds kDownWithin(90);

struct UpOptions {
  std::string what;
  std::string sandbox, approach, version;  // values of axes; empty: the usual one
  bool print_recipe = false;
};

// What can be brought up, and the scenario whose ladder does it.
std::string scenario_of(const std::string& what) { return what == "kubernetes" ? "cluster" : ""; }

// The usual value of an axis comes first, so the first cell that fits is the most usual one.
Result<Cell> cell_to_keep(const Scenario& scenario, const Catalog& catalog,
                          const UpOptions& options) {
  const std::map<std::string, std::string> wanted = {{"sandbox", options.sandbox},
                                                     {"approach", options.approach},
                                                     {options.what, options.version}};
  const Matrix matrix = TRY(expand(scenario, catalog));
  for (const Cell& cell : matrix.cells) {
    const bool fits = std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
      return entry.second.empty() || entry.second == cell.coordinates.at(entry.first);
    });
    if (fits && cell.excluded_because.empty()) return cell;
  }
  std::string known;
  for (const Axis& axis : scenario.axes)
    known += "\n  " + axis.name + ": " + joined(all_values(axis), ", ");
  return Error{"no such combination; there are" + known};
}

int free_port() {
  for (const int port : {kApiPort, 0}) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      return ntohs(address.sin_port);
    }
  }
  return 0;
}

// Connections to 127.0.0.1 go on from the far end of the sandbox's network, which is all that can
// reach it.
Result<Subprocess> start_relay(const fs::path& outside, int port) {
  // socat takes a colon for the end of an argument.
  const std::string inside =
      "socat STDIO TCP\\:" + std::string(kSandboxAddress) + "\\:" + std::to_string(kApiPort);
  return Subprocess::start(
      {.argv = {"socat", "TCP-LISTEN:" + std::to_string(port) + ",bind=127.0.0.1,reuseaddr,fork",
                "EXEC:nsenter --net=" + outside.string() + " " + inside}});
}

// The sandbox's own kubeconfig, with the port that leads to it from outside.
Result<> write_kubeconfig(const fs::path& of_sandbox, const fs::path& to, int port) {
  std::string text = TRY(read_file(of_sandbox));
  const std::string inside = "https://127.0.0.1:" + std::to_string(kApiPort);
  const std::size_t at = text.find(inside);
  if (at == std::string::npos) return Error{of_sandbox.string() + " does not name " + inside};
  text.replace(at, inside.size(), "https://127.0.0.1:" + std::to_string(port));
  const UniqueFd fd = TRY(open_file(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  TRY(write_all(fd.get(), text));
  std::error_code ignored;
  fs::remove(of_sandbox, ignored);  // results are kept, and shown to others
  return {};
}

// From now on nobody's terminal is written to.
Result<> speak_to(const fs::path& log) {
  const UniqueFd fd = TRY(open_file(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC));
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(fd.get(), stream) < 0) return errno_error("dup2", log, errno);
  }
  return {};
}

// The process that owns the run for as long as the sandbox is kept.
class Keeper {
 public:
  Keeper(std::string name, UniqueFd parent, const StopSignals& signals)
      : name_(std::move(name)), parent_(std::move(parent)), signals_(signals) {}

  // Called by the run when the ladder has been climbed; returns when it shall be taken down.
  void hold(const HeldCell& held, const KeeperLock& lock) {
    const int port = free_port();
    auto relay = start_relay(held.outside, port);
    if (!relay) {
      tell("the relay from 127.0.0.1 did not start: " + relay.error().message);
      return;
    }
    const fs::path kubeconfig = kubeconfig_of(name_);
    const char* run = std::getenv(kRunVariable);
    KeptSandbox kept{.keeper = ::getpid(),
                     .run = run == nullptr ? "" : run,
                     .sandbox = held.cell.sandbox.label,
                     .approach = held.cell.approach.name,
                     .kubeconfig = kubeconfig.string(),
                     .port = port};
    auto written = write_kubeconfig(held.evidence / "journal/kubeconfig", kubeconfig, port);
    if (written) written = lock.publish(kept);
    if (written) written = speak_to(log_file_of(name_));
    if (!written) {
      tell(written.error().message);
      return;
    }
    if (!tell("")) return;  // who asked for it is gone
    std::mutex mutex;
    std::unique_lock guard(mutex);
    std::condition_variable_any().wait(guard, signals_.token(), [] { return false; });
  }

 private:
  // An empty text says that it is up. Whether somebody took it.
  bool tell(const std::string& problem) {
    const bool told = bool(write_all(parent_.get(), problem.empty() ? "up\n" : problem + "\n"));
    parent_ = UniqueFd();
    return told;
  }

  std::string name_;
  UniqueFd parent_;
  const StopSignals& signals_;
};

int keep(const Project& project, const Catalog& catalog, const Scenario& scenario,
         const UpOptions& options, const Cell& cell, UniqueFd parent) {
  ::setsid();
  ::signal(SIGPIPE, SIG_IGN);
  auto lock = KeeperLock::take(options.what);
  if (!lock) return fail(kExitCannotCreate, "keep " + options.what + ": " + lock.error().message);
  if (!*lock) return fail(kExitTryAgain, options.what + " is up already, or on its way");
  StopSignals signals;
  Keeper keeper(options.what, std::move(parent), signals);
  RunSettings settings;
  settings.hold = [&](const HeldCell& held) { keeper.hold(held, **lock); };
  Matrix matrix{
      .scenario = scenario.name, .question = scenario.question, .axes = {}, .cells = {cell}};
  Selection all;
  all.all = true;
  return run_scenario(project, catalog, scenario, std::move(matrix), all, settings, signals);
}

std::string kubectl_of(const Cell& cell) {
  for (const ToolSpec& tool : cell.tools) {
    if (tool.name == "kubernetes")
      return "$(testbed versions get kubernetes-" + tool.label + ")/kubectl";
  }
  return "kubectl";
}

int report_up(const UpOptions& options, const Cell& cell) {
  const auto kept = kept_sandbox(options.what);
  if (!kept || !*kept) return fail(kExitInternal, "it is up, and its state cannot be read");
  return print(options.what + " is up: a node that is ready, in " + (*kept)->sandbox +
               " with the approach " + (*kept)->approach +
               "\n\n  export KUBECONFIG=" + (*kept)->kubeconfig + "\n  " + kubectl_of(cell) +
               " get pods -A\n\n`testbed down` takes it away.\n");
}

// Forks while there is one thread: the child becomes the keeper and outlives this command.
int bring_up(const Project& project, const Catalog& catalog, const Scenario& scenario,
             const UpOptions& options, const Cell& cell) {
  if (const std::string lacks = host::lacks_program("socat", "socat"); !lacks.empty())
    return fail(kExitUnavailable, "reach a sandbox from outside: it needs " + lacks);
  auto pipe = Pipe::make();
  if (!pipe) return fail(kExitInternal, pipe.error().message);
  const pid_t child = ::fork();
  if (child < 0) return fail(kExitInternal, "fork: " + std::string(std::strerror(errno)));
  if (child == 0) {
    pipe->read = UniqueFd();
    std::exit(keep(project, catalog, scenario, options, cell, std::move(pipe->write)));
  }
  pipe->write = UniqueFd();
  std::string answer;
  char buffer[512];
  for (ssize_t n; (n = ::read(pipe->read.get(), buffer, sizeof buffer)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(n));
  if (answer == "up\n") return report_up(options, cell);
  if (!answer.empty()) log_warning(answer);
  return fail(kExitUnavailable,
              options.what + " did not come up; `testbed why " + cell.id + "` says more");
}

int up(const UpOptions& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  const auto scenario = load_project_scenario(*project, *catalog, scenario_of(options.what), code);
  if (!scenario) return code;
  const auto cell = cell_to_keep(*scenario, *catalog, options);
  if (!cell) return fail(kExitUsage, cell.error().message);
  if (!options.print_recipe) return bring_up(*project, *catalog, *scenario, options, *cell);
  const auto patch = patch_of(cell->approach);
  if (!patch) return fail(kExitInternal, patch.error().message);
  return print(recipe_of(*cell, *patch));
}

int down(const std::string& what) {
  const auto kept = kept_sandbox(what);
  if (!kept) return fail(kExitIo, "find out what is up: " + kept.error().message);
  if (!*kept) return print(what + " is not up\n");
  if ((*kept)->keeper <= 0) return fail(kExitTryAgain, what + " is still on its way up");
  if (::kill((*kept)->keeper, SIGTERM) != 0)
    return fail(kExitNotPermitted, "ask process " + std::to_string((*kept)->keeper) +
                                       " to end: " + std::strerror(errno));
  if (auto gone = wait_until_gone(what, Deadline::after(kDownWithin)); !gone)
    return fail(kExitTryAgain, gone.error().message);
  std::error_code ignored;
  fs::remove(log_file_of(what), ignored);  // of the keeper; the run's own record stays
  for (const std::string& left : find_leftovers(root_of_areas() / (*kept)->run))
    log_warning("left behind: " + left);
  return print(what + " is down; its record: " + (*kept)->run + "\n");
}

}  // namespace

Action declare_up(CLI::App& app) {
  auto options = std::make_shared<UpOptions>();
  app.add_option("what", options->what, "kubernetes: a cluster of one node")
      ->required()
      ->check(CLI::IsMember({"kubernetes"}));
  app.add_option("--sandbox", options->sandbox,
                 "native, runsc-YYYYMMDD [the newest that is known]");
  app.add_option("--approach", options->approach, "how [the simplest that is known to work]");
  app.add_option("--version", options->version, "of Kubernetes [1.34.3]");
  app.add_flag("--print-recipe", options->print_recipe,
               "start nothing; print the steps as a shell script for a sandbox of one's own");
  app.footer("Example: testbed up kubernetes --sandbox runsc-20240722");
  return [options] { return up(*options); };
}

Action declare_down(CLI::App& app) {
  auto what = std::make_shared<std::string>("kubernetes");
  app.add_option("what", *what, "what `up` has brought up")->capture_default_str();
  return [what] { return down(*what); };
}

}  // namespace testbed
