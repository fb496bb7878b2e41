// The part of Cache that looks at the whole store: where it is, what is in it, and what goes.
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "orchestrator/artifact/cache.h"
#include "orchestrator/artifact/tree.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/base/size.h"

namespace testbed {
namespace {

struct StoredObject {
  std::string digest;
  std::uint64_t bytes = 0;
  std::int64_t last_used = 0;  // 0: no recipe knows it
  std::vector<CacheRecord> records;
};

fs::path default_root() {
  const auto variable = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (const fs::path own = variable("TESTBED_CACHE"); !own.empty()) return fs::absolute(own);
  if (const fs::path xdg = variable("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "testbed";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".cache/testbed";
  return "/var/cache/testbed";
}

// Least recently used first.
std::vector<StoredObject> stored_objects(const Cache& cache) {
  std::vector<StoredObject> objects;
  const std::vector<CacheRecord> records = cache.records();
  for (const std::string& digest : list_directory(cache.root() / "objects")) {
    StoredObject object{.digest = digest, .bytes = 0, .last_used = 0, .records = {}};
    for (const CacheRecord& record : records) {
      if (record.digest != digest) continue;
      object.bytes = record.bytes;
      object.last_used = std::max(object.last_used, record.last_used);
      object.records.push_back(record);
    }
    if (object.records.empty()) {
      const auto facts = look_at_tree(cache.object_directory(digest));
      object.bytes = facts ? facts->bytes : 0;
    }
    objects.push_back(std::move(object));
  }
  std::sort(objects.begin(), objects.end(),
            [](const StoredObject& a, const StoredObject& b) { return a.last_used < b.last_used; });
  return objects;
}

}  // namespace

Result<CacheOptions> CacheOptions::from_environment() {
  CacheOptions options;
  options.root = default_root();
  const char* limit = std::getenv("TESTBED_CACHE_LIMIT");
  if (!limit || !*limit) return options;
  auto bytes = parse_size(limit);
  if (!bytes) return std::move(bytes).error().in("TESTBED_CACHE_LIMIT");
  options.limit_bytes = *bytes;
  return options;
}

std::optional<CacheRecord> Cache::find(const std::string& recipe_key) const {
  const fs::path file = record_file(recipe_key);
  const auto text = read_file(file, 1 << 20);
  if (!text) return std::nullopt;
  auto record = parse_record(*text);
  struct stat status {};
  // A record that cannot be read is as good as none: the next one replaces it.
  if (!record || record->recipe != recipe_key || ::stat(file.c_str(), &status) != 0) {
    return std::nullopt;
  }
  record->last_used = status.st_mtim.tv_sec;
  return std::move(record).value();
}

std::vector<CacheRecord> Cache::records() const {
  std::vector<CacheRecord> records;
  for (const std::string& key : list_directory(options_.root / "recipes")) {
    if (auto record = find(key)) records.push_back(std::move(*record));
  }
  return records;
}

Result<> Cache::verify(const CacheRecord& record) {
  TRY(hold(record.digest));
  const auto digest = sha512_of_tree(object_directory(record.digest));
  if (digest && *digest == record.digest) return {};
  TRY(drop(record));
  if (!digest) return Error{"dropped, to be obtained again: " + digest.error().message};
  return Error{"its digest is " + *digest + ", stored was " + record.digest +
               ": dropped, to be obtained again"};
}

Result<Cache::Pruned> Cache::prune(std::uint64_t keep_bytes) {
  Pruned pruned;
  std::vector<StoredObject> objects = stored_objects(*this);
  for (const StoredObject& object : objects) pruned.bytes_left += object.bytes;
  for (const StoredObject& object : objects) {
    if (keep_bytes > 0 && pruned.bytes_left <= keep_bytes) break;
    // Whoever uses it, be it ourselves, holds the same lock shared.
    const auto lock = TRY(FileLock::try_take(lock_file(object.digest), FileLock::Mode::Exclusive));
    if (!lock) {
      ++pruned.in_use;
      continue;
    }
    std::error_code error;
    for (const CacheRecord& record : object.records) fs::remove(record_file(record.recipe), error);
    TRY(remove_object(object.digest));
    pruned.removed.insert(pruned.removed.end(), object.records.begin(), object.records.end());
    pruned.bytes_freed += object.bytes;
    pruned.bytes_left -= std::min(object.bytes, pruned.bytes_left);
  }
  return pruned;
}

}  // namespace testbed
