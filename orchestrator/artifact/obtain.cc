#include "orchestrator/artifact/obtain.h"

#include <unistd.h>

#include "orchestrator/artifact/sources.h"
#include "orchestrator/artifact/work_folder.h"
#include "orchestrator/base/joined.h"
#include "orchestrator/base/log.h"

namespace testbed {
namespace {

constexpr std::uint64_t kNearlyFull = std::uint64_t{64} << 20;

ObtainedArtifact as_artifact(const CacheRecord& record, const Cache& cache) {
  return {.name = record.name,
          .label = record.label,
          .directory = cache.object_directory(record.digest).string(),
          .digest = record.digest,
          .source = record.source,
          .failures = record.failures};
}

// What every user of an artifact relies on, whatever its source.
Result<> check_complete(const Recipe& recipe, const fs::path& tree) {
  std::error_code error;
  if (recipe.kind == Artifact::Kind::RootFilesystem) {
    if (fs::is_directory(tree / "rootfs", error)) return {};
    return Error{"it yielded no rootfs/"};
  }
  const fs::path program = tree / recipe.name;
  if (fs::is_regular_file(program, error) && ::access(program.c_str(), X_OK) == 0) return {};
  return Error{"it yielded no program named " + recipe.name};
}

// Tools say "no space" in strange places, or die of it without a word: asked before their files are
// removed.
bool disk_is_full(const Cache& cache, const std::string& message) {
  if (message.find("No space left on device") != std::string::npos) return true;
  std::error_code error;
  const fs::space_info space = fs::space(cache.root(), error);
  return !error && space.available < kNearlyFull;
}

std::string disk_remedy(const Cache& cache) {
  return "\nthe disk of " + cache.root().string() +
         " is full: free space there, `testbed versions prune`, or set TESTBED_CACHE to a folder "
         "on another disk";
}

// One recipe being carried out, under its lock.
class Attempt {
 public:
  Attempt(const Recipe& recipe, Cache& cache, const ObtainOptions& options)
      : recipe_(recipe), cache_(cache), options_(options) {}

  Result<ObtainedArtifact> run() {
    for (const SourceSpec& spec : recipe_.sources) {
      auto record = from(spec);
      if (record) return as_artifact(*record, cache_);
      failures_.push_back(spec.kind + ": " + record.error().message);
      if (options_.progress) options_.progress("not from " + failures_.back());
      if (options_.stop.stop_requested()) return Error{"stopped"};
    }
    return Error{"none of its sources has it:\n  " + joined(failures_, "\n  ") +
                 (disk_full_ ? disk_remedy(cache_) : "")};
  }

 private:
  Result<CacheRecord> from(const SourceSpec& spec) {
    const auto source = options_.make ? options_.make(spec.kind) : make_source(spec.kind);
    if (!source) return Error{"no such kind of source"};
    const fs::path work = TRY(cache_.fresh_work(recipe_));
    const fs::path tree = work / "result";
    TRY(make_directories(tree));
    TRY(make_directories(work / "scratch"));
    const ObtainContext context{
        .artifact = recipe_.name,
        .label = recipe_.label,
        .is_root_filesystem = recipe_.kind == Artifact::Kind::RootFilesystem,
        .scratch = work / "scratch",
        .progress = options_.progress,
        .deadline = options_.deadline,
        .stop = options_.stop};
    auto stored = fill_and_store(*source, spec, tree, context);
    if (!stored) disk_full_ = disk_full_ || disk_is_full(cache_, stored.error().message);
    if (const auto cleaned = remove_work_folder(work); !cleaned)
      log_warning(cleaned.error().message);
    return stored;
  }

  Result<CacheRecord> fill_and_store(Source& source, const SourceSpec& spec, const fs::path& tree,
                                     const ObtainContext& context) {
    TRY(source.obtain(spec, tree, context));
    TRY(check_complete(recipe_, tree));
    CacheRecord record;
    record.name = recipe_.name;
    record.label = recipe_.label;
    record.source = spec.kind;
    record.failures = failures_;
    return cache_.store(recipe_, tree, std::move(record));
  }

  const Recipe& recipe_;
  Cache& cache_;
  const ObtainOptions& options_;
  std::vector<std::string> failures_;
  bool disk_full_ = false;
};

std::string kinds_of(const Recipe& recipe) {
  std::vector<std::string> kinds;
  for (const SourceSpec& source : recipe.sources) kinds.push_back(source.kind);
  return joined(kinds, ", ");
}

Result<ObtainedArtifact> obtain_recipe(const Recipe& recipe, Cache& cache,
                                       const ObtainOptions& options) {
  const FileLock lock = TRY(cache.lock(recipe, options.progress, options.deadline, options.stop));
  if (const auto record = TRY(cache.take(recipe))) return as_artifact(*record, cache);
  if (options.offline) {
    return Error{"not in the cache, and --offline was given: `testbed versions get " + recipe.name +
                 " " + recipe.label + "` on a machine with a network obtains it"};
  }
  return Attempt(recipe, cache, options).run();
}

// A pinned source has an entry of its own, unless the common one came from that source anyway.
Result<Recipe> recipe_for(const Artifact& artifact, const ArtifactVersion& version,
                          const Cache& cache, const std::string& only_source) {
  Recipe recipe = make_recipe(artifact, version);
  if (only_source.empty()) return recipe;
  if (const auto record = cache.find(recipe.key); record && record->source == only_source) {
    return recipe;
  }
  Recipe narrowed = only_with_source(recipe, only_source);
  if (!narrowed.sources.empty()) return narrowed;
  return Error{"it has no source " + only_source + "; it has " + kinds_of(recipe)};
}

}  // namespace

Result<ObtainedArtifact> obtain(const Artifact& artifact, const std::string& label, Cache& cache,
                                const ObtainOptions& options) {
  const std::string doing = "obtaining " + artifact.name + " " + label;
  const ArtifactVersion* version = artifact.find(label);
  if (!version) return Error{doing + ": " + artifact.file + " has no such version"};
  auto recipe = recipe_for(artifact, *version, cache, options.only_source);
  if (!recipe) return std::move(recipe).error().in(doing);
  auto obtained = obtain_recipe(*recipe, cache, options);
  if (!obtained) return std::move(obtained).error().in(doing);
  return obtained;
}

}  // namespace testbed
