#include "emulator/supervisor/rules.h"

#include <gtest/gtest.h>

namespace testbed::supervisor {
namespace {

struct Parsed {
  Rules rules{};
  std::vector<Problem> problems{};

  std::string texts() const {
    std::string all;
    for (const Problem& problem : problems) all += problem.text() + "\n";
    return all;
  }
};

Parsed parse(std::string_view text) {
  Parsed parsed;
  parse_rules("rules", text, parsed.rules, parsed.problems);
  return parsed;
}

TEST(Rules, EachKindIsRead) {
  const Parsed parsed = parse(R"(# a comment
redirect /sys/fs/cgroup -> /run/cg/   # and one behind a rule
redirect /proc/*/cgroup -> /run/p/*/cgroup
statfs /sys/fs/cgroup as cgroup2
statfs /x as 0x1234
fail write with EIO every 3
fail openat on "/a b" with EACCES
log execve
mountcall without rec
)");
  ASSERT_EQ(parsed.texts(), "");
  const Rules& rules = parsed.rules;
  ASSERT_EQ(rules.redirects.size(), 2u);
  EXPECT_EQ(rules.redirects[0].to, "/run/cg");
  EXPECT_EQ(rules.redirects[1].from, "/proc/*/cgroup");
  EXPECT_EQ(rules.statfs_types.at(0).type, 0x63677270u);
  EXPECT_EQ(rules.statfs_types.at(1).type, 0x1234u);
  EXPECT_EQ(rules.failing.at(0).every, 3u);
  EXPECT_EQ(rules.failing.at(0).error, EIO);
  EXPECT_EQ(rules.failing.at(1).path, "/a b");
  EXPECT_EQ(rules.logged.at(0)->name, "execve");
  EXPECT_TRUE(rules.mount_without_rec);
}

TEST(Rules, AllMistakesAreToldAtOnceWhereTheyAre) {
  EXPECT_EQ(parse("redirct /a -> /b\n"
                  "redirect a -> /b\n"
                  "redirect /a /b\n"
                  "\n"
                  "statfs /a as nofs\n"
                  "fail nocall with EIO\n"
                  "fail open with EWHAT\n"
                  "fail open with EIO every 0\n"
                  "log open now\n")
                .texts(),
            "rules:1:1: no rule begins with `redirct`; there are redirect, statfs, mount, file, "
            "fail, log, mountcall\n"
            "rules:2:10: an absolute path is expected here, not `a`\n"
            "rules:3:13: `->` is expected here, not `/b`\n"
            "rules:5:14: `nofs` is neither a known file system nor a number 0x...\n"
            "rules:6:6: no system call is known by the name `nocall`\n"
            "rules:7:16: no such errno: `EWHAT`\n"
            "rules:8:26: a number from 1 is expected after `every`, not `0`\n"
            "rules:9:10: nothing is expected here, not `now`\n");
}

TEST(Rules, WhatContradictsIsRefused) {
  EXPECT_EQ(parse("redirect /a -> /b\nredirect /a -> /c").texts(),
            "rules:2:1: /a is already redirected, to /b\n");
  EXPECT_EQ(parse("redirect /a -> /a/b").texts(),
            "rules:1:1: the target lies within what is redirected: /a/b\n");
  EXPECT_EQ(parse("redirect / -> /b").texts(),
            "rules:1:1: the root cannot be redirected\n"
            "rules:1:1: the target lies within what is redirected: /b\n");
  EXPECT_EQ(parse("redirect /a -> /*/b").texts(),
            "rules:1:1: the target has more `*` than the path before the arrow\n");
  EXPECT_EQ(parse("statfs /a as tmpfs\nstatfs /a as ext4").texts(),
            "rules:2:1: /a already has another type\n");
}

TEST(Rules, PathsAreBroughtToTheirNormalForm) {
  const Parsed parsed = parse("redirect //a/./b// -> /c/");
  ASSERT_EQ(parsed.texts(), "");
  EXPECT_EQ(parsed.rules.redirects.at(0).from, "/a/b");
  EXPECT_EQ(parsed.rules.redirects.at(0).to, "/c");
  EXPECT_EQ(parse("redirect /a/../b -> /c").texts(),
            "rules:1:10: a path of a rule has no `..`: /a/../b\n");
}

TEST(Rules, QuotedTextKnowsEscapes) {
  const Parsed parsed = parse(R"(file /a = "x\n\t\"\\\x41")");
  ASSERT_EQ(parsed.texts(), "");
  EXPECT_EQ(parsed.rules.files.at(0).content, "x\n\t\"\\A");
  EXPECT_EQ(parse("file /a = \"x").texts(), "rules:1:11: the quotation mark is not closed\n");
}

TEST(Rules, ErrnosAndFileSystemsHaveNames) {
  EXPECT_EQ(errno_number("ENOENT"), ENOENT);
  EXPECT_EQ(errno_number("ENONE"), 0);
  EXPECT_EQ(file_system_magic("cgroup"), 0x27e0ebu);
  EXPECT_EQ(file_system_magic(""), 0u);
}

}  // namespace
}  // namespace testbed::supervisor
