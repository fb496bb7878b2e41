#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/artifact/cache.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/json.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"

namespace testbed {
namespace {

struct Finding {
  std::string ability;
  std::string lacks;  // empty: there
};

std::string lacks_space(const fs::path& path) {
  constexpr std::uintmax_t kWanted = std::uintmax_t{5}
                                     << 30;  // a few sandboxes and a root file system
  std::error_code error;
  fs::path existing = path;
  while (!existing.empty() && !fs::exists(existing, error)) existing = existing.parent_path();
  const fs::space_info space = fs::space(existing, error);
  if (error || space.available >= kWanted) return "";
  return "5 GiB on the file system of " + path.string() +
         ": set TESTBED_CACHE to a larger one, or `testbed versions prune`";
}

std::string lacks_go() {
  if (!find_program("go").empty() || fs::exists("/usr/local/go/bin/go")) return "";
  return "go: apt-get install golang-go (an old one takes the toolchain it needs from the module "
         "proxy)";
}

std::vector<Finding> examine() {
  const auto cache = CacheOptions::from_environment();
  return {
      {"sandboxes (runsc, native): root", host::lacks_root()},
      {"sandboxes: overlay mounts", host::lacks_overlay_mounts()},
      {"control: runc", host::lacks_program("runc", "runc")},
      {"FUSE natively: /dev/fuse", host::lacks_fuse()},
      {"runsc from Go modules: go", lacks_go()},
      {"root file systems from Debian packages: mmdebstrap",
       host::lacks_program("mmdebstrap", "mmdebstrap")},
      {"root file systems from OCI images: skopeo", host::lacks_program("skopeo", "skopeo")},
      {"root file systems from OCI images: umoci", host::lacks_program("umoci", "umoci")},
      {"downloads: curl", host::lacks_program("curl", "curl")},
      {"artifact cache: space", cache ? lacks_space(cache->root) : cache.error().message},
  };
}

int doctor(const std::string& format) {
  const host::Facts facts = host::facts();
  std::ostringstream lines;
  lines << "kernel " << facts.kernel << " " << facts.machine << ", " << facts.cpus << " cpus ("
        << facts.cpu << "), " << (facts.memory_bytes >> 30) << " GiB, cgroup " << facts.cgroup_mode
        << (facts.inside_gvisor ? ", inside gVisor" : "") << "\n";
  json::array array;
  bool all = true;
  for (const Finding& finding : examine()) {
    all &= finding.lacks.empty();
    lines << (finding.lacks.empty() ? "  ok      " : "  missing ") << finding.ability
          << (finding.lacks.empty() ? "" : " -- needs " + finding.lacks) << "\n";
    array.push_back(json::object{
        {"ability", finding.ability}, {"ok", finding.lacks.empty()}, {"needs", finding.lacks}});
  }
  const int printed = print(format == "json" ? to_pretty(array) : lines.str());
  return printed != kExitOk ? printed : all ? kExitOk : kExitUnavailable;
}

}  // namespace

Action declare_doctor(CLI::App& app) {
  auto format = std::make_shared<std::string>("text");
  app.add_option("--format", *format, "text, json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  app.footer("Exit status 69 when something is missing.");
  return [format] { return doctor(*format); };
}

}  // namespace testbed
