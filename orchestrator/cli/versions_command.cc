#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/artifact/obtain.h"
#include "orchestrator/artifact/versions.h"
#include "orchestrator/base/joined.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/size.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/cli/stop_signals.h"

namespace testbed {
namespace {

struct Options {
  std::string verb = "list";
  std::vector<std::string> names;  // "runsc-20240722", "debian-base"
  std::string keep;
  std::string only_source;
  std::string format = "text";
};

int list(const Catalog& catalog, const Cache& cache, const std::string& format) {
  json::array array;
  std::ostringstream lines;
  for (const VersionState& state : list_versions(catalog, cache)) {
    const bool cached = !state.cached.empty();
    lines << state.artifact << "-" << state.label << "  "
          << (cached ? "cached, " + size_text(state.cached[0].bytes) + ", " +
                           state.cached[0].source + ", " + state.cached[0].digest.substr(0, 12)
                     : "from " + joined(state.sources, ", "))
          << "\n";
    array.push_back(json::object{{"artifact", state.artifact},
                                 {"label", state.label},
                                 {"cached", cached},
                                 {"digest", cached ? state.cached[0].digest : ""},
                                 {"bytes", cached ? state.cached[0].bytes : 0},
                                 {"note", state.note}});
  }
  return print(format == "json" ? to_pretty(array) : lines.str());
}

// "runsc-20240722" -> the artifact and its label; an artifact's bare name is its latest.
std::optional<std::pair<const Artifact*, std::string>> find_version(const Catalog& catalog,
                                                                    const std::string& name) {
  for (const Artifact& artifact : catalog.artifacts) {
    if (name == artifact.name && artifact.find("latest"))
      return std::pair{&artifact, std::string("latest")};
    if (!name.starts_with(artifact.name + "-")) continue;
    const std::string label = name.substr(artifact.name.size() + 1);
    if (artifact.find(label)) return std::pair{&artifact, label};
  }
  return std::nullopt;
}

int get(const Catalog& catalog, Cache& cache, const Options& options) {
  const StopSignals signals;
  int code = kExitOk;
  for (const std::string& name : options.names) {
    const auto found = find_version(catalog, name);
    if (!found) {
      code = fail(kExitNoInput,
                  "get " + name + ": no such version; `testbed versions list` shows what there is");
      continue;
    }
    const auto obtained = obtain(
        *found->first, found->second, cache,
        {.offline = false,
         .only_source = options.only_source,
         .progress = [&](std::string_view line) { log_info(name + ": " + std::string(line)); },
         .deadline = Deadline::after(std::chrono::hours(1)),
         .stop = signals.token()});
    if (signals.signal() != 0) return 128 + signals.signal();
    if (!obtained)
      code = fail(kExitUnavailable, "get " + name + ": " + obtained.error().message);
    else
      print(obtained->directory + "\n");
  }
  return code;
}

int verify(Cache& cache) {
  int code = kExitOk;
  for (const VerifiedVersion& version : verify_versions(cache, "", "")) {
    if (!version.problem.empty()) code = kExitIo;
    print(version.record.name + "-" + version.record.label + "  " +
          (version.problem.empty() ? "ok" : version.problem) + "\n");
  }
  return code;
}

int prune(Cache& cache, const std::string& keep) {
  const auto bytes = keep.empty() ? Result<std::uint64_t>(0) : parse_size(keep);
  if (!bytes) return fail(kExitUsage, "prune: " + bytes.error().message);
  const auto pruned = cache.prune(*bytes);
  if (!pruned) return fail(kExitIo, "prune: " + pruned.error().message);
  return print("freed " + size_text(pruned->bytes_freed) + ", " + size_text(pruned->bytes_left) +
               " left, " + std::to_string(pruned->in_use) + " in use\n");
}

int versions(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto catalog = load_project_catalog(*project, code);
  if (!catalog) return code;
  const auto cache_options = CacheOptions::from_environment();
  if (!cache_options)
    return fail(kExitUsage, "open the artifact cache: " + cache_options.error().message);
  auto cache = Cache::open(*cache_options);
  if (!cache) return fail(kExitCannotCreate, "open the artifact cache: " + cache.error().message);
  if (options.verb == "get") return get(*catalog, *cache, options);
  if (options.verb == "verify") return verify(*cache);
  if (options.verb == "prune") return prune(*cache, options.keep);
  return list(*catalog, *cache, options.format);
}

}  // namespace

Action declare_versions(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("verb", options->verb, "list, get, verify, prune")
      ->capture_default_str()
      ->check(CLI::IsMember({"list", "get", "verify", "prune"}));
  app.add_option("version", options->names, "for get: runsc-20240722, debian-base");
  app.add_option("--keep", options->keep,
                 "for prune: how much may stay, 500M or 5G [nothing that is not in use]");
  app.add_option("--source", options->only_source, "for get: only this kind of source");
  app.add_option("--format", options->format, "text, json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  app.footer("Example: testbed versions get runsc-20240722 debian-base");
  return [options] { return versions(*options); };
}

}  // namespace testbed
