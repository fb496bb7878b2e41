#include "orchestrator/artifact/obtain.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "orchestrator/artifact/versions.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

using std::chrono::seconds;

// What a fake source does is in its settings, so that a recipe is all a test writes: "content" is
// what the program will hold, "fails" the reason why there is none, "takes" milliseconds. Every
// call appends a byte to the file "calls".
class FakeSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    const auto text = [&](const char* name) {
      const auto found = spec.settings.find(name);
      return found == spec.settings.end() ? std::string() : found->second;
    };
    if (!text("calls").empty()) {
      const UniqueFd calls = TRY(open_file(text("calls"), O_WRONLY | O_CREAT | O_APPEND));
      TRY(write_all(calls.get(), "x"));
    }
    TRY(write_file(into / context.artifact, text("content")));
    if (!text("takes").empty()) {
      std::this_thread::sleep_for(milliseconds(std::stoi(text("takes"))));
    }
    if (!text("fails").empty()) return Error{text("fails")};
    fs::permissions(into / context.artifact, static_cast<fs::perms>(0755));
    return {};
  }
};

std::unique_ptr<Source> make_fake(std::string_view kind) {
  if (kind == "unknown") return nullptr;
  return std::make_unique<FakeSource>();
}

SourceSpec source(std::string kind, std::map<std::string, std::string> settings) {
  return {.kind = std::move(kind), .settings = std::move(settings)};
}

Artifact tool(std::vector<SourceSpec> sources) {
  return {.name = "tool",
          .kind = Artifact::Kind::Program,
          .summary = "",
          .versions = {{.label = "1", .sources = std::move(sources), .note = ""}},
          .file = "images/tool/artifact.yaml"};
}

// The one helper: a cache of its own, and obtaining from it.
class Obtain : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make(fs::temp_directory_path(), "testbed-artifact");
    ASSERT_TRUE(is_ok(folder));
    folder_ = std::make_unique<TempDir>(std::move(folder).value());
  }
  fs::path at(const std::string& name) const { return folder_->path() / name; }
  Cache open(std::uint64_t limit = std::uint64_t{1} << 30) const {
    return Cache::open({.root = at("cache"), .limit_bytes = limit}).value();
  }
  ObtainOptions options() {
    return {.offline = false,
            .only_source = "",
            .progress = [this](std::string_view line) { progress_ += std::string(line) + "\n"; },
            .deadline = Deadline::after(seconds(30)),
            .stop = {},
            .make = make_fake};
  }
  Result<ObtainedArtifact> get(const Artifact& artifact, Cache& cache) {
    return obtain(artifact, "1", cache, options());
  }
  std::size_t calls() const { return read_part(at("calls"), 0, 100).size(); }

  std::unique_ptr<TempDir> folder_;
  std::string progress_;
};

TEST_F(Obtain, GivesADirectoryWithTheProgramAndItsDigest) {
  Cache cache = open();
  const auto got = get(tool({source("fake", {{"content", "one"}})}), cache);
  ASSERT_TRUE(is_ok(got));
  EXPECT_EQ(read_part(got->directory + "/tool", 0, 10), "one");
  EXPECT_EQ(got->digest.size(), 128U);
  EXPECT_EQ(got->source, "fake");
  EXPECT_TRUE(list_directory(at("cache/tmp")).empty());
}

TEST_F(Obtain, AsksTheSourcesOnlyOnce) {
  const Artifact artifact = tool({source("fake", {{"calls", at("calls")}})});
  for (int i = 0; i < 3; ++i) {
    Cache cache = open();
    ASSERT_TRUE(is_ok(get(artifact, cache)));
  }
  EXPECT_EQ(calls(), 1U);
}

TEST_F(Obtain, TriesSourcesInOrderAndKeepsTheReasonsOfThoseThatFailed) {
  Cache cache = open();
  const Artifact artifact = tool({source("first", {{"fails", "no network"}}), source("unknown", {}),
                                  source("third", {{"content", "x"}})});
  for (int i = 0; i < 2; ++i) {  // the second time from the cache
    const auto got = get(artifact, cache);
    ASSERT_TRUE(is_ok(got));
    EXPECT_EQ(got->source, "third");
    EXPECT_EQ(got->failures,
              (std::vector<std::string>{"first: no network", "unknown: no such kind of source"}));
  }
}

TEST_F(Obtain, NamesEveryReasonWhenNoSourceHasIt) {
  Cache cache = open();
  const auto got = get(tool({source("a", {{"fails", "no network"}}),
                             source("b", {{"fails", "needs go: apt-get install golang-go"}})}),
                       cache);
  EXPECT_TRUE(fails_with(got,
                         "obtaining tool 1: none of its sources has it:\n  a: no network\n  "
                         "b: needs go: apt-get install golang-go"));
  EXPECT_TRUE(list_directory(at("cache/objects")).empty());
  EXPECT_TRUE(list_directory(at("cache/tmp")).empty());
}

TEST_F(Obtain, RefusesASourceThatYieldsNoProgramOfTheArtifactsName) {
  Cache cache = open();
  Artifact artifact = tool({source("fake", {})});
  artifact.kind = Artifact::Kind::RootFilesystem;
  EXPECT_TRUE(fails_with(get(artifact, cache), "fake: it yielded no rootfs/"));
}

TEST_F(Obtain, AFullDiskIsNamedWithWhatToDo) {
  Cache cache = open();
  const auto got = get(tool({source("a", {{"fails", "cp: x: No space left on device"}})}), cache);
  EXPECT_TRUE(fails_with(got, "is full: free space there, `testbed versions prune`"));
}

TEST_F(Obtain, OfflineUsesTheCacheAndNothingElse) {
  Cache cache = open();
  const Artifact artifact = tool({source("fake", {{"calls", at("calls")}})});
  ObtainOptions offline = options();
  offline.offline = true;
  EXPECT_TRUE(fails_with(obtain(artifact, "1", cache, offline), "testbed versions get tool 1"));
  EXPECT_EQ(calls(), 0U);
  ASSERT_TRUE(is_ok(get(artifact, cache)));
  EXPECT_TRUE(is_ok(obtain(artifact, "1", cache, offline)));
}

TEST_F(Obtain, APinnedSourceIsUsedEvenIfAnEarlierOneWouldDo) {
  Cache cache = open();
  const Artifact artifact =
      tool({source("a", {{"content", "from a"}}), source("b", {{"content", "from b"}})});
  ASSERT_TRUE(is_ok(get(artifact, cache)));
  ObtainOptions pinned = options();
  pinned.only_source = "b";
  const auto got = obtain(artifact, "1", cache, pinned);
  ASSERT_TRUE(is_ok(got));
  EXPECT_EQ(read_part(got->directory + "/tool", 0, 10), "from b");
  pinned.only_source = "c";
  EXPECT_TRUE(fails_with(obtain(artifact, "1", cache, pinned), "no source c; it has a, b"));
}

TEST_F(Obtain, ThreadsThatAskTogetherBuildOnce) {
  Cache cache = open();
  const Artifact artifact =
      tool({source("fake", {{"calls", at("calls")}, {"takes", "200"}, {"content", "x"}})});
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        ObtainOptions quiet = options();
        quiet.progress = {};
        good += obtain(artifact, "1", cache, quiet).has_value() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 4);
  EXPECT_EQ(calls(), 1U);
}

TEST_F(Obtain, ProcessesThatAskTogetherBuildOnce) {
  const Artifact artifact =
      tool({source("fake", {{"calls", at("calls")}, {"takes", "300"}, {"content", "x"}})});
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      Cache cache = open();
      ::_exit(get(artifact, cache) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(calls(), 1U);
}

TEST_F(Obtain, WaitingForAnotherIsSaidAndEndsAtTheDeadline) {
  Cache cache = open();
  const Artifact artifact = tool({source("fake", {{"content", "x"}})});
  const FileLock held =
      cache.lock(make_recipe(artifact, artifact.versions[0]), {}, Deadline::after(seconds(1)), {})
          .value();
  ObtainOptions hurried = options();
  hurried.deadline = Deadline::after(milliseconds(150));
  EXPECT_TRUE(fails_with(obtain(artifact, "1", cache, hurried), "at the deadline"));
  EXPECT_NE(progress_.find("another testbed or cell is obtaining it"), std::string::npos);
}

TEST_F(Obtain, AKilledBuildLeavesNothingThatAnybodySees) {
  const Artifact artifact = tool({source("fake", {{"takes", "60000"}, {"calls", at("calls")}})});
  const pid_t child = ::fork();
  if (child == 0) {
    Cache cache = open();
    ::_exit(get(artifact, cache) ? 0 : 1);
  }
  while (calls() == 0) std::this_thread::sleep_for(milliseconds(5));
  {
    const Cache beside = open();
    EXPECT_EQ(list_directory(at("cache/tmp")).size(), 1U) << "the work of a living one stays";
  }
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const Cache cache = open();
  EXPECT_TRUE(list_directory(at("cache/tmp")).empty());
  EXPECT_TRUE(list_directory(at("cache/objects")).empty());
  EXPECT_TRUE(cache.records().empty());
}

TEST_F(Obtain, AChangedObjectIsDroppedAndObtainedAgain) {
  Cache cache = open();
  const Artifact artifact = tool({source("fake", {{"content", "good"}, {"calls", at("calls")}})});
  const auto first = get(artifact, cache);
  ASSERT_TRUE(is_ok(first));
  ASSERT_TRUE(is_ok(write_file(first->directory + "/tool", "evil")));
  const auto second = get(artifact, cache);
  ASSERT_TRUE(is_ok(second));
  EXPECT_EQ(read_part(second->directory + "/tool", 0, 10), "good");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(Obtain, AnObjectThatWasOnlyTouchedStays) {
  Cache cache = open();
  const Artifact artifact = tool({source("fake", {{"content", "good"}, {"calls", at("calls")}})});
  const auto first = get(artifact, cache);
  ASSERT_TRUE(is_ok(first));
  fs::last_write_time(first->directory + "/tool", fs::file_time_type::clock::now() - seconds(99));
  ASSERT_TRUE(is_ok(get(artifact, cache)));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(Obtain, APathThatWasRebuiltIsObtainedAgain) {
  ASSERT_TRUE(is_ok(write_file(at("mine"), "old")));
  fs::permissions(at("mine"), static_cast<fs::perms>(0755));
  Cache cache = open();
  const Artifact artifact = tool({source("path", {{"path", at("mine")}})});
  ObtainOptions real = options();
  real.make = {};
  ASSERT_TRUE(is_ok(obtain(artifact, "1", cache, real)));
  ASSERT_TRUE(is_ok(write_file(at("mine"), "newer")));
  const auto got = obtain(artifact, "1", cache, real);
  ASSERT_TRUE(is_ok(got));
  EXPECT_EQ(read_part(got->directory + "/tool", 0, 10), "newer");
}

TEST_F(Obtain, VersionsListSaysWhatIsCachedAndFromWhere) {
  Cache cache = open();
  Catalog catalog;
  catalog.artifacts = {tool({source("a", {{"fails", "x"}}), source("b", {{"content", "1"}})})};
  EXPECT_TRUE(list_versions(catalog, cache).at(0).cached.empty());
  ASSERT_TRUE(is_ok(get(catalog.artifacts[0], cache)));
  const auto states = list_versions(catalog, cache);
  EXPECT_EQ(states.at(0).sources, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(states.at(0).cached.size(), 1U);
  EXPECT_EQ(states.at(0).cached[0].source, "b");
}

}  // namespace
}  // namespace testbed
