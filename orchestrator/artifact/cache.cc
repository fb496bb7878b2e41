#include "orchestrator/artifact/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "orchestrator/artifact/tree.h"
#include "orchestrator/artifact/work_folder.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/sha512.h"

namespace testbed {
namespace {

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// Everything written to the file system so far is on disk before a name says that it is complete.
Result<> sync_file_system(const fs::path& path) {
  const UniqueFd fd = TRY(open_file(path, O_RDONLY | O_DIRECTORY));
  if (::syncfs(fd.get()) != 0) return errno_error("syncfs", path, errno);
  return {};
}

// Temporary names of records whose writer was killed. A living one needs them for moments only.
void remove_torn_records(const fs::path& recipes) {
  std::error_code error;
  const auto limit = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const std::string& name : list_directory(recipes)) {
    if (name.find('.') == std::string::npos) continue;
    const auto written = fs::last_write_time(recipes / name, error);
    if (!error && written < limit) fs::remove(recipes / name, error);
  }
}

}  // namespace

Result<Cache> Cache::open(const CacheOptions& options) {
  for (const char* folder : {"objects", "recipes", "locks", "tmp"}) {
    if (auto made = make_directories(options.root / folder); !made) {
      return Error{made.error().message + "; TESTBED_CACHE names another place for the cache"};
    }
  }
  Cache cache(options);
  cache.remove_leftovers();
  return cache;
}

fs::path Cache::object_directory(const std::string& digest) const {
  return options_.root / "objects" / digest;
}
fs::path Cache::lock_file(const std::string& key) const {
  return options_.root / "locks" / (key + ".lock");
}
fs::path Cache::record_file(const std::string& key) const {
  return options_.root / "recipes" / key;
}

// Every entry of tmp/ belongs to the holder of the lock of the same name; if there is none, its
// owner is dead.
void Cache::remove_leftovers() const {
  for (const std::string& name : list_directory(options_.root / "tmp")) {
    const auto lock = FileLock::try_take(lock_file(name), FileLock::Mode::Exclusive);
    if (!lock || !lock->has_value()) continue;
    if (auto removed = remove_work_folder(options_.root / "tmp" / name); !removed) {
      log_warning("cleaning the cache: " + removed.error().message);
    }
  }
  remove_torn_records(options_.root / "recipes");
}

Result<FileLock> Cache::lock(const Recipe& recipe, const Progress& progress, Deadline deadline,
                             std::stop_token stop) const {
  const auto waiting = [&] {
    if (progress) progress("another testbed or cell is obtaining it; waiting for that");
  };
  auto lock = FileLock::take(lock_file(recipe.key), deadline, stop, waiting);
  if (lock) return lock;
  return std::move(lock).error().in("waiting for whoever is obtaining " + recipe.name + " " +
                                    recipe.label);
}

Result<fs::path> Cache::fresh_work(const Recipe& recipe) const {
  const fs::path work = options_.root / "tmp" / recipe.key;
  TRY(remove_work_folder(work));
  TRY(make_directories(work));
  return work;
}

Result<> Cache::hold(const std::string& digest) {
  const std::lock_guard guard(held_->mutex);
  if (held_->locks.count(digest)) return {};
  held_->locks.emplace(digest, TRY(FileLock::take(lock_file(digest), FileLock::Mode::Shared)));
  return {};
}

void Cache::release(const std::string& digest) {
  const std::lock_guard guard(held_->mutex);
  held_->locks.erase(digest);
}

Result<std::optional<CacheRecord>> Cache::take(const Recipe& recipe) {
  auto record = find(recipe.key);
  if (!record) return std::optional<CacheRecord>();
  TRY(hold(record->digest));
  if (TRY(is_intact(*record))) {
    ::utimensat(AT_FDCWD, record_file(recipe.key).c_str(), nullptr, 0);  // last used: now
    return record;
  }
  log_warning("the cached " + record->name + " " + record->label +
              " is not what was stored: dropped, to be obtained again");
  TRY(drop(*record));
  return std::optional<CacheRecord>();
}

// By its stamp, which costs no reading; by its digest when the stamp differs.
Result<bool> Cache::is_intact(CacheRecord& record) {
  const fs::path object = object_directory(record.digest);
  const auto facts = look_at_tree(object);
  if (!facts) return false;
  if (facts->stamp == record.stamp) return true;
  const auto digest = sha512_of_tree(object);
  if (!digest || *digest != record.digest) return false;
  record.stamp = facts->stamp;
  TRY(write_record(record));
  return true;
}

Result<> Cache::drop(const CacheRecord& record) {
  std::error_code error;
  fs::remove(record_file(record.recipe), error);
  auto removed = remove_object(record.digest);
  release(record.digest);
  return removed;
}

// By way of tmp/, so that half of it is never seen under its name.
Result<> Cache::remove_object(const std::string& digest) const {
  const fs::path aside = options_.root / "tmp" / digest;
  TRY(remove_work_folder(aside));
  if (::rename(object_directory(digest).c_str(), aside.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return errno_error("rename", object_directory(digest), errno);
  }
  return remove_work_folder(aside);
}

Result<CacheRecord> Cache::store(const Recipe& recipe, const fs::path& tree, CacheRecord record) {
  record.recipe = recipe.key;
  record.digest = TRY(sha512_of_tree(tree));
  TRY(sync_file_system(tree));
  TRY(hold(record.digest));
  TRY(move_into_place(record.digest, tree));
  const TreeFacts facts = TRY(look_at_tree(object_directory(record.digest)));
  record.stamp = facts.stamp;
  record.bytes = facts.bytes;
  record.created = record.last_used = seconds_now();
  TRY(write_record(record));
  if (auto pruned = prune(options_.limit_bytes); !pruned) {
    log_warning("keeping the cache within its limit: " + pruned.error().message);
  }
  return record;
}

// Another recipe may have given the same content: then that stays, if it is still that content.
Result<> Cache::move_into_place(const std::string& digest, const fs::path& tree) {
  const fs::path object = object_directory(digest);
  if (::access(object.c_str(), F_OK) == 0) {
    const auto there = sha512_of_tree(object);
    if (there && *there == digest) return {};
    TRY(remove_object(digest));
  }
  if (::rename(tree.c_str(), object.c_str()) != 0 && errno != EEXIST && errno != ENOTEMPTY) {
    return errno_error("rename", tree, errno);
  }
  return {};
}

Result<> Cache::write_record(const CacheRecord& record) const {
  return write_file_atomically(record_file(record.recipe), to_text(record));
}

}  // namespace testbed
