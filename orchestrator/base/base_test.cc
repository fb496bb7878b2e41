// The small pieces of base; subprocess_test.cc has the processes.
#include <gtest/gtest.h>

#include "orchestrator/base/deadline.h"
#include "orchestrator/base/joined.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/printable.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/base/size.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

TEST(Deadline, SoonerKeepsTheNearerMoment) {
  const Deadline near = Deadline::after(milliseconds(10));
  EXPECT_EQ(near.sooner(milliseconds(10'000)).at(), near.at());
  EXPECT_LE(Deadline::after(milliseconds(10'000)).sooner(near).at(), near.at());
}

TEST(Joined, AnEmptyPartKeepsItsPlace) {
  EXPECT_EQ(joined({"", "a", "", "b"}, ", "), ", a, , b");
  EXPECT_EQ(joined({}, ", "), "");
}

TEST(Files, AnAtomicWriteReplacesTheWholeContent) {
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "files").value();
  ASSERT_TRUE(is_ok(write_file_atomically(dir.path() / "a", "first and long")));
  ASSERT_TRUE(is_ok(write_file_atomically(dir.path() / "a", "second")));
  EXPECT_EQ(read_file(dir.path() / "a").value(), "second");
  EXPECT_EQ(list_directory(dir.path()), std::vector<std::string>{"a"});
}

TEST(Files, AnErrorNamesWhatWasDoneTheObjectAndErrno) {
  EXPECT_TRUE(fails_with(read_file("/nowhere/at/all"), "open /nowhere/at/all: ENOENT"));
}

TEST(Files, ATreeIsRemovedWithoutFollowingLinks) {
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "files").value();
  ASSERT_TRUE(is_ok(make_directories(dir.path() / "tree" / "deep")));
  ASSERT_TRUE(is_ok(write_file(dir.path() / "kept", "x")));
  fs::create_symlink(dir.path() / "kept", dir.path() / "tree" / "link");
  ASSERT_TRUE(is_ok(remove_tree(dir.path() / "tree")));
  EXPECT_EQ(list_directory(dir.path()), std::vector<std::string>{"kept"});
}

TEST(Sha512, MatchesThePublishedVector) {  // FIPS 180-4, "abc"
  EXPECT_TRUE(sha512_of("abc").starts_with("ddaf35a193617abacc417349ae204131"));
}

TEST(Sha512, ATreeDigestDependsOnNamesModesAndContentOnly) {
  const TempDir dir = TempDir::make(fs::temp_directory_path(), "sha").value();
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(is_ok(make_directories(dir.path() / name / "sub")));
    ASSERT_TRUE(is_ok(write_file(dir.path() / name / "sub" / "file", "same")));
  }
  const auto digest = [&](const char* name) { return sha512_of_tree(dir.path() / name).value(); };
  EXPECT_EQ(digest("a"), digest("b"));
  fs::permissions(dir.path() / "b/sub/file", fs::perms::owner_all);
  EXPECT_NE(digest("a"), digest("b"));
}

TEST(Json, InvalidUtf8IsReplaced) {
  EXPECT_EQ(valid_utf8("a\xff\xc3\xa4\xed\xa0\x80"),
            "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Printable, SpellsOutWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[31m\tb\nc\r\x7f"), "a\\x1b[31m\\tb\nc\\x0d\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J \xc3\xa4 \xff"),
            "\\x9b2J \xc3\xa4 \xef\xbf\xbd");
  EXPECT_EQ(printable_line("a\nb"), "a\\nb");
}

TEST(Json, ATornDocumentIsAnErrorWithItsPosition) {
  EXPECT_TRUE(fails_with(parse_json(R"({"a": [1, 2)"), "at byte 11"));
  EXPECT_TRUE(fails_with(parse_json(R"({} x)"), "extra data"));
}

TEST(Json, PrettyTextParsesToTheSameValue) {
  const json::value value = parse_json(R"({"a":[1,{"b":"x\ny"}],"c":{},"d":null})").value();
  EXPECT_EQ(parse_json(to_pretty(value)).value(), value);
}

TEST(ParseSize, KnowsUnitsAndRefusesTheRest) {
  EXPECT_EQ(parse_size("1000").value(), 1000U);
  EXPECT_EQ(parse_size("500M").value(), std::uint64_t{500} << 20);
  EXPECT_EQ(parse_size("20GiB").value(), std::uint64_t{20} << 30);
  for (const char* wrong : {"", "G", "-1", "20X", "20GB!", "nan"}) {
    EXPECT_FALSE(parse_size(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace testbed
