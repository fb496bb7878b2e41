#include "orchestrator/artifact/cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "orchestrator/artifact/root_tree.h"
#include "orchestrator/artifact/versions.h"
#include "orchestrator/artifact/work_folder.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

// The one helper: puts an object of 64 KiB or more into a cache.
CacheRecord put(Cache& cache, const std::string& name, int hours_ago = 0) {
  Artifact artifact;
  artifact.name = name;
  artifact.versions = {{.label = "1", .sources = {}, .note = ""}};
  const Recipe recipe = make_recipe(artifact, artifact.versions[0]);
  const auto lock = cache.lock(recipe, {}, Deadline::after(milliseconds(1000)), {}).value();
  const fs::path tree = cache.fresh_work(recipe).value() / "result";
  EXPECT_TRUE(is_ok(make_directories(tree)));
  EXPECT_TRUE(is_ok(write_file(tree / name, name + std::string(65536, 'x'))));
  CacheRecord record;
  record.name = name;
  record.label = "1";
  record = cache.store(recipe, tree, record).value();
  fs::last_write_time(cache.root() / "recipes" / recipe.key,
                      fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  return record;
}

std::vector<std::string> names(const Cache& cache) {
  std::vector<std::string> names;
  for (const CacheRecord& record : cache.records()) names.push_back(record.name);
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Cache, PruneRemovesTheLeastRecentlyUsedUntilTheRestFits) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-cache").value();
  const CacheOptions options{.root = folder.path(), .limit_bytes = 1 << 30};
  {
    Cache filling = Cache::open(options).value();
    put(filling, "old", 3);
    put(filling, "older", 9);
    put(filling, "new", 1);
  }
  Cache cache = Cache::open(options).value();
  const auto pruned = cache.prune(150'000);
  ASSERT_TRUE(is_ok(pruned));
  ASSERT_EQ(pruned->removed.size(), 1U);
  EXPECT_EQ(pruned->removed[0].name, "older");
  EXPECT_LE(pruned->bytes_left, 150'000U);
  EXPECT_EQ(names(cache), (std::vector<std::string>{"new", "old"}));
  EXPECT_EQ(list_directory(folder.path() / "objects").size(), 2U);
}

TEST(Cache, PruneLeavesWhatSomebodyUses) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-cache").value();
  const CacheOptions options{.root = folder.path(), .limit_bytes = 1 << 30};
  Cache user = Cache::open(options).value();
  put(user, "used");
  Cache cache = Cache::open(options).value();
  const auto pruned = cache.prune(0);
  ASSERT_TRUE(is_ok(pruned));
  EXPECT_EQ(pruned->in_use, 1U);
  EXPECT_EQ(names(cache), (std::vector<std::string>{"used"}));
}

TEST(Cache, StoringKeepsTheCacheWithinItsLimit) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-cache").value();
  const CacheOptions options{.root = folder.path(), .limit_bytes = 150'000};
  for (const char* name : {"a", "b", "c"}) {
    Cache cache = Cache::open(options).value();
    put(cache, name, 'z' - name[0]);
  }
  EXPECT_EQ(names(Cache::open(options).value()), (std::vector<std::string>{"b", "c"}));
}

TEST(Cache, VerifyFindsAWrongDigestAndDropsTheObject) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-cache").value();
  Cache cache = Cache::open({.root = folder.path(), .limit_bytes = 1 << 30}).value();
  const CacheRecord good = put(cache, "good");
  const CacheRecord bad = put(cache, "bad");
  ASSERT_TRUE(is_ok(write_file(cache.object_directory(bad.digest) / "bad", "changed")));
  for (const VerifiedVersion& version : verify_versions(cache, "", "")) {
    EXPECT_EQ(version.problem.empty(), version.record.name == "good") << version.problem;
  }
  EXPECT_EQ(names(cache), (std::vector<std::string>{"good"}));
  EXPECT_FALSE(fs::exists(cache.object_directory(bad.digest)));
}

TEST(Cache, ATornRecordIsAsGoodAsNone) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-cache").value();
  Cache cache = Cache::open({.root = folder.path(), .limit_bytes = 1 << 30}).value();
  const CacheRecord record = put(cache, "a");
  ASSERT_TRUE(is_ok(write_file(folder.path() / "recipes" / record.recipe, "{\"digest\": \"../..")));
  EXPECT_FALSE(cache.find(record.recipe).has_value());
}

TEST(Cache, ARootThatCannotBeMadeNamesTheWayOut) {
  EXPECT_TRUE(fails_with(Cache::open({.root = "/proc/nowhere", .limit_bytes = 1}),
                         "TESTBED_CACHE names another place"));
}

TEST(WorkFolder, GoesWithTheToolsThatOutlivedTheirTestbed) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-work").value();
  const fs::path work = folder.path() / "work";
  ASSERT_TRUE(is_ok(make_directories(work)));
  auto tool = Subprocess::start({.argv = {"sh", "-c", "setsid sleep 600 & wait"},
                                 .env = {{kWorkVariable, work.string()}},
                                 .cwd = {}});
  auto other = Subprocess::start(
      {.argv = {"sleep", "600"}, .env = {{kWorkVariable, work.string() + "2"}}, .cwd = {}});
  ASSERT_TRUE(is_ok(tool));
  ASSERT_TRUE(is_ok(other));
  ASSERT_TRUE(is_ok(remove_work_folder(work)));
  EXPECT_TRUE(tool->ended());
  EXPECT_FALSE(other->ended());
  EXPECT_FALSE(fs::exists(work));
}

TEST(CacheRecord, ReadsBackWhatItWrote) {
  CacheRecord record;
  record.recipe = "r";
  record.name = "runsc";
  record.digest = std::string(128, 'a');
  record.failures = {"one", "two\nlines"};
  record.bytes = 7;
  const auto read = parse_record(to_text(record));
  ASSERT_TRUE(is_ok(read));
  EXPECT_EQ(to_text(*read), to_text(record));
}

TEST(RootTree, GetsItsMountPointsAndLosesPipes) {
  const TempDir folder = TempDir::make(fs::temp_directory_path(), "testbed-root").value();
  const fs::path& root = folder.path();
  ASSERT_TRUE(is_ok(make_directories(root / "dev")));
  ASSERT_EQ(::mkfifo((root / "dev/initctl").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/nowhere", (root / "run").c_str()), 0);
  ASSERT_TRUE(is_ok(tidy_root_filesystem(root)));
  EXPECT_EQ(list_directory(root),
            (std::vector<std::string>{"dev", "proc", "run", "sys", "testbed", "tmp"}));
  EXPECT_TRUE(list_directory(root / "dev").empty());
}

}  // namespace
}  // namespace testbed
