#include "orchestrator/sandbox/runsc_args.h"

#include <sstream>

namespace testbed {
namespace {

// "--directfs=false" -> "directfs".
std::string name_of_flag(const std::string& flag) {
  const std::string bare = flag.substr(flag.find_first_not_of('-'));
  return bare.substr(0, bare.find('='));
}

}  // namespace

std::set<std::string> flags_listed(std::string_view output) {
  std::set<std::string> names;
  std::istringstream lines{std::string(output)};
  // Go's flag package prints "  -name type" and the help on the lines below, which are indented
  // with a tab.
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  -")) continue;
    const std::size_t end = line.find_first_of(" \t", 3);
    names.insert(line.substr(3, end == std::string::npos ? end : end - 3));
  }
  return names;
}

std::vector<std::string> runsc_args(const SandboxStart& start,
                                    const std::set<std::string>& listed) {
  const RunscNeeds needs = needs_of({.version = start.spec.version,
                                     .platform = start.spec.platform,
                                     .network = start.network,
                                     .fuse = start.needs_fuse,
                                     .cgroup_mount = start.needs_cgroup_mount});
  std::vector<std::string> argv = {(start.program / "runsc").string()};
  std::vector<std::string> flags = {"--root=" + start.state.string(),
                                    "--log=" + (start.logs / "runsc.log").string(),
                                    "--network=" + start.network};
  if (!start.spec.platform.empty()) flags.push_back("--platform=" + start.spec.platform);
  if (start.tracing != Tracing::None)
    flags.push_back("--debug-log=" + (start.logs / "debug").string() + "/");
  if (start.tracing == Tracing::All) flags.insert(flags.end(), {"--debug", "--strace"});
  flags.insert(flags.end(), needs.flags.begin(), needs.flags.end());
  for (std::string& flag : flags) {
    if (listed.contains(name_of_flag(flag))) argv.push_back(std::move(flag));
  }
  return argv;
}

}  // namespace testbed
