#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/artifact/cache_record.h"
#include "orchestrator/artifact/file_lock.h"
#include "orchestrator/artifact/recipe.h"
#include "orchestrator/artifact/source.h"

namespace testbed {

struct CacheOptions {
  fs::path root;
  std::uint64_t limit_bytes = std::uint64_t{20} << 30;

  // $TESTBED_CACHE, else $XDG_CACHE_HOME/testbed, else ~/.cache/testbed, else /var/cache/testbed;
  // $TESTBED_CACHE_LIMIT ("500M", "20G"). An error for a limit that is no size.
  static Result<CacheOptions> from_environment();
};

// "500M" and the like, by powers of 1024.

// The content-addressed store. On disk:
//   objects/<digest>/   a complete artifact; appears by rename, never changes
//   recipes/<key>       which object a recipe gave
//   locks/<key>.lock    held while a recipe is carried out, or, by digest, while an object is used
//   tmp/<key>/          what is being made, by the holder of that lock; else left by a dead one
// Safe for any number of threads and processes at once. What an instance handed out stays until the
// instance ends: keep it for as long as its artifacts are used.
class Cache {
 public:
  static Result<Cache> open(const CacheOptions& options);

  const fs::path& root() const { return options_.root; }
  fs::path object_directory(const std::string& digest) const;

  // The right to carry out a recipe, waited for while somebody else does.
  Result<FileLock> lock(const Recipe& recipe, const Progress& progress, Deadline deadline,
                        std::stop_token stop) const;
  // An empty directory for its work. Only under the lock.
  Result<fs::path> fresh_work(const Recipe& recipe) const;
  // What the recipe gave before, intact and held; an object that has changed is dropped with a
  // warning. Only under the lock.
  Result<std::optional<CacheRecord>> take(const Recipe& recipe);
  // Makes `tree` the object of the recipe, holds it, and keeps the cache within its limit. Only
  // under the lock.
  Result<CacheRecord> store(const Recipe& recipe, const fs::path& tree, CacheRecord record);

  // What is recorded, without looking at the objects.
  std::optional<CacheRecord> find(const std::string& recipe_key) const;
  std::vector<CacheRecord> records() const;
  // Reads an object in full. A wrong one is dropped, and the error says so.
  Result<> verify(const CacheRecord& record);

  struct Pruned {
    std::vector<CacheRecord> removed;  // one for each recipe that lost its object
    std::uint64_t bytes_freed = 0;
    std::uint64_t bytes_left = 0;
    std::size_t in_use = 0;  // objects that had to stay
  };
  // Removes the least recently used objects until at most that much is left; 0 removes all that
  // nobody uses.
  Result<Pruned> prune(std::uint64_t keep_bytes);

 private:
  struct Held {
    std::mutex mutex;
    std::map<std::string, FileLock> locks;  // by digest
  };

  explicit Cache(CacheOptions options) : options_(std::move(options)) {}
  fs::path lock_file(const std::string& key) const;
  fs::path record_file(const std::string& key) const;
  void remove_leftovers() const;
  Result<> hold(const std::string& digest);
  void release(const std::string& digest);
  Result<bool> is_intact(CacheRecord& record);
  Result<> drop(const CacheRecord& record);
  Result<> move_into_place(const std::string& digest, const fs::path& tree);
  Result<> remove_object(const std::string& digest) const;
  Result<> write_record(const CacheRecord& record) const;

  CacheOptions options_;
  std::unique_ptr<Held> held_ = std::make_unique<Held>();
};

}  // namespace testbed
