#include "emulator/supervisor/resolver.h"

#include <gtest/gtest.h>

#include <map>

namespace testbed::supervisor {
namespace {

// Links and jumps by path; everything below /missing is absent.
class FakeFiles : public FileView {
 public:
  explicit FakeFiles(std::map<std::string, LinkRead> links) : links_(std::move(links)) {}
  LinkRead read_link(const std::string& path) override {
    const auto found = links_.find(path);
    if (found != links_.end()) return found->second;
    const bool missing = is_within(path, "/missing") || path.ends_with("/absent");
    return {missing ? LinkRead::Kind::Missing : LinkRead::Kind::NotALink, ""};
  }

 private:
  std::map<std::string, LinkRead> links_;
};

LinkRead link(std::string target) { return {LinkRead::Kind::Link, std::move(target)}; }
LinkRead jump(std::string target) { return {LinkRead::Kind::Jump, std::move(target)}; }

class ResolverTest : public testing::Test {
 protected:
  // "natural", "unknown", or where the kernel has to be sent.
  std::string sent(std::string_view path, std::string_view start = "/", bool follow = true,
                   std::string_view root = "/") {
    last_ =
        resolve(map_, files_, {.root = root, .start = start, .path = path, .follow_last = follow});
    if (last_.kind == Resolution::Kind::Unknown) return "unknown";
    return last_.kind == Resolution::Kind::Natural ? "natural" : last_.kept;
  }

  PathMap map_{{{"/s", "/t"},
                {"/s/in", "/u"},
                {"/missing/deep", "/t"},
                {"/proc/*/cgroup", "/run/p/*/cg"},
                {"/root/s", "/root/t"}}};
  FakeFiles files_{{{"/link", link("s")},
                    {"/abs", link("/s/x")},
                    {"/loop", link("loop")},
                    {"/t/out", link("../y")},
                    {"/t/abs", link("/y")},
                    {"/t/rel", link("z")},
                    {"/t/loop", link("loop")},
                    {"/d/up", link("../s")},
                    {"/proc/self", link("42")},
                    {"/proc/42/cwd", jump("/t/sub")},
                    {"/proc/42/fd/3", jump("")},
                    {"/root/l", link("/s/f")}}};
  Resolution last_{};
};

TEST_F(ResolverTest, WhatNoRedirectConcernsIsTheKernelsAffair) {
  EXPECT_EQ(sent("/x/y"), "natural");
  EXPECT_EQ(sent("x/../y", "/d"), "natural");
  EXPECT_EQ(sent("/sx"), "natural");
  EXPECT_EQ(sent("/missing/x/y"), "natural");
}

TEST_F(ResolverTest, TheLongestRedirectDecides) {
  EXPECT_EQ(sent("/s"), "/t");
  EXPECT_EQ(sent("/s/f"), "/t/f");
  EXPECT_EQ(sent("/s/in/f"), "/u/f");
  EXPECT_EQ(sent("//s///f/./g"), "/t/f/g");
  EXPECT_EQ(last_.shown, "/s/f/g");
}

TEST_F(ResolverTest, LinksLeadIntoARedirect) {
  EXPECT_EQ(sent("/link/f"), "/t/f");
  EXPECT_EQ(sent("/abs"), "/t/x");
  EXPECT_EQ(sent("/abs", "/", false), "natural") << "the link itself is meant";
  EXPECT_EQ(sent("/abs/", "/", false), "/t/x/") << "a slash follows the last link";
  EXPECT_EQ(sent("/d/up/f"), "/t/f");
}

TEST_F(ResolverTest, LinksInARedirectStartWhereTheProgramBelievesToBe) {
  EXPECT_EQ(sent("/s/rel"), "/t/z");
  EXPECT_EQ(sent("/s/out"), "/y") << "the parent of /s, not of /t";
  EXPECT_EQ(sent("/s/abs"), "/y");
  EXPECT_EQ(last_.shown, "/y");
}

TEST_F(ResolverTest, DotDotLeavesARedirectLikeAMount) {
  EXPECT_EQ(sent("/s/../x"), "/x");
  EXPECT_EQ(sent("/s/in/../f"), "/t/f");
  EXPECT_EQ(sent("/../../s/f"), "/t/f");
}

TEST_F(ResolverTest, RelativePathsWithinARedirectNeedNoHelp) {
  EXPECT_EQ(sent("f", "/t/sub"), "natural");
  EXPECT_EQ(last_.shown, "/s/sub/f");
  EXPECT_EQ(sent("../f", "/t/sub"), "natural");
  EXPECT_EQ(sent("../../f", "/t/sub"), "natural") << "/s and /t have the same parent";
  EXPECT_EQ(sent("../f", "/u"), "/t/f") << "/s/in and /u have not";
  EXPECT_EQ(sent("in/f", "/t"), "/u/f");
}

TEST_F(ResolverTest, ARedirectMayLieWhereNothingIs) {
  EXPECT_EQ(sent("/missing/deep/f"), "/t/f");
  EXPECT_EQ(sent("/missing/deep/absent"), "/t/absent");
}

TEST_F(ResolverTest, TheLastNameStaysAsItIsWhenItIsToBeMadeOrRemoved) {
  EXPECT_EQ(sent("/s/absent", "/", false), "/t/absent");
  EXPECT_EQ(sent("/s/..", "/", false), "/t/..") << "rmdir and others judge by the last name";
  EXPECT_EQ(sent("/s/x/.", "/", false), "/t/x/.");
  EXPECT_EQ(sent("/s/x/", "/", false), "/t/x/");
}

TEST_F(ResolverTest, APidIsCarriedOver) {
  EXPECT_EQ(sent("/proc/7/cgroup"), "/run/p/7/cg");
  EXPECT_EQ(sent("/proc/self/cgroup"), "/run/p/42/cg");
  EXPECT_EQ(sent("/proc/x/cgroup"), "natural");
}

TEST_F(ResolverTest, LinksOfProcLeadToObjects) {
  EXPECT_EQ(sent("/proc/self/cwd/f"), "natural");
  EXPECT_EQ(last_.shown, "/s/sub/f");
  EXPECT_EQ(sent("/proc/self/cwd/../in/x"), "/u/x");
  EXPECT_EQ(sent("/proc/self/fd/3"), "unknown");
}

TEST_F(ResolverTest, ARootOfItsOwnBoundsTheWalk) {
  EXPECT_EQ(sent("/s/f", "/", true, "/root"), "/root/t/f");
  EXPECT_EQ(sent("/../s/f", "/", true, "/root"), "/root/t/f");
  EXPECT_EQ(sent("/l", "/", true, "/root"), "/root/t/f") << "absolute links start at the root";
  EXPECT_EQ(sent("/t/f", "/", true, "/root"), "natural");
}

TEST_F(ResolverTest, OfALoopThatWasMovedTheKernelGetsALink) {
  EXPECT_EQ(sent("/s/loop"), "/t/loop");
  EXPECT_EQ(sent("/s/loop/x"), "/t/loop/") << "so that it is followed, and ELOOP";
}

TEST_F(ResolverTest, LoopsAndNothingAreLeftToTheKernel) {
  EXPECT_EQ(sent("/loop/x"), "unknown");
  EXPECT_EQ(sent(""), "unknown");
  EXPECT_EQ(sent("/"), "natural");
}

TEST(PathMap, BothDirectionsAgree) {
  const std::vector<Redirect> redirects{{"/a", "/x/y"}, {"/proc/*/cgroup", "/c/*"}};
  const PathMap map(redirects);
  EXPECT_EQ(map.kept_at("/a/b").value_or("-"), "/x/y/b");
  EXPECT_EQ(map.shown_as("/x/y/b").value_or("-"), "/a/b");
  EXPECT_EQ(map.shown_as("/c/12").value_or("-"), "/proc/12/cgroup");
  EXPECT_FALSE(map.shown_as("/x"));
  EXPECT_TRUE(map.leads_to_redirect("/proc/12"));
  EXPECT_FALSE(map.leads_to_redirect("/proc/sys"));
}

// As lookup of the kernel: a slash at the end has lstat(2) follow a link, but not unlink(2).
TEST_F(ResolverTest, ASlashBehindALinkCountsForCallsThatLookAndNotForThoseThatNameAnEntry) {
  EXPECT_EQ(sent("/link/", "/", false), "/t/");
  const Resolution entry =
      resolve(map_, files_, {.path = "/link/", .follow_last = false, .slash_follows = false});
  EXPECT_EQ(entry.kind, Resolution::Kind::Natural);
  EXPECT_EQ(entry.shown, "/link");
}

TEST(PathMap, ARedirectOfTheRootShowsCanonicalPaths) {
  const PathMap map(std::vector<Redirect>{{"/", "/t"}, {"/s", "/"}});
  EXPECT_EQ(map.kept_at("/"), "/t");
  EXPECT_EQ(map.kept_at("/x"), "/t/x");
  EXPECT_EQ(map.shown_as("/"), "/s");
}

}  // namespace
}  // namespace testbed::supervisor
