#include "emulator/journal/journal.h"

#include <fcntl.h>

#include <sstream>
#include <thread>

#include "emulator/journal/ready.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

class JournalTest : public testing::Test {
 protected:
  std::vector<json::object> lines() const {
    std::vector<json::object> parsed;
    std::istringstream in(read_part(path_, 0, std::size_t{1} << 24));
    for (std::string line; std::getline(in, line);) {
      auto value = parse_json(line);
      EXPECT_TRUE(is_ok(value)) << line;
      if (value) parsed.push_back(value->as_object());
    }
    return parsed;
  }
  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "journal-test")).value();
  fs::path path_ = dir_.path() / "journal";
};

TEST(JournalKept, RemembersTheLastLinesWithoutAFile) {
  Journal journal;
  EXPECT_TRUE(journal.kept(0, 10).empty());
  journal.keep(3);
  EXPECT_FALSE(journal.drops_lines());
  for (int i = 1; i <= 5; ++i) journal.write(JsonLine().number("i", i));
  const auto numbers = [&](std::int64_t since, std::size_t limit) {
    std::vector<std::int64_t> found;
    for (const KeptLine& line : journal.kept(since, limit)) found.push_back(line.seq);
    return found;
  };
  EXPECT_EQ(numbers(0, 10), (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_EQ(numbers(3, 1), (std::vector<std::int64_t>{4}));
  EXPECT_TRUE(numbers(5, 10).empty());
  EXPECT_TRUE(parse_json(journal.kept(4, 1).front().text));
}

TEST(JsonLine, KeepsTheOrderOfItsFields) {
  JsonLine line;
  line.text("z", "last").number("a", -5).null("m").raw("list", "[1,true]");
  EXPECT_EQ(line.object(), R"({"z":"last","a":-5,"m":null,"list":[1,true]})");
}

TEST(JsonLine, WithoutFieldsIsAnEmptyObject) { EXPECT_EQ(JsonLine().object(), "{}"); }

TEST(JsonLine, EscapesControlCharactersAndQuotes) {
  EXPECT_EQ(json_quoted(std::string_view("\"\\\n\t\x01\0", 6)), R"("\"\\\n\t\u0001\u0000")");
}

TEST(JsonLine, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(json_quoted("a\xff\xc3\xa4"), "\"a\xef\xbf\xbd\xc3\xa4\"");
}

TEST_F(JournalTest, StampsAndNumbersItsLines) {
  Journal journal = std::move(Journal::open(path_)).value();
  journal.write(JsonLine().text("op", "one"));
  journal.write(JsonLine());
  const auto found = lines();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_GT(number_or(found[0], "t"), 1'600'000'000'000'000);
  EXPECT_EQ(number_or(found[0], "seq"), 1);
  EXPECT_EQ(text_or(found[0], "op"), "one");
  EXPECT_EQ(number_or(found[1], "seq"), 2);
}

TEST_F(JournalTest, AppendsToWhatIsThere) {
  std::move(Journal::open(path_)).value().write(JsonLine().text("op", "one"));
  std::move(Journal::open(path_)).value().write(JsonLine().text("op", "two"));
  EXPECT_EQ(lines().size(), 2u);
}

TEST_F(JournalTest, KeepsLinesOfManyThreadsWholeAndInOrder) {
  Journal journal = std::move(Journal::open(path_)).value();
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        for (int n = 0; n < 200; ++n) journal.write(JsonLine().text("op", std::string(100, 'x')));
      });
    }
  }
  const auto found = lines();
  ASSERT_EQ(found.size(), 800u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(number_or(found[i], "seq"), static_cast<std::int64_t>(i + 1));
  }
}

TEST_F(JournalTest, CannotBeOpenedInAMissingDirectory) {
  EXPECT_TRUE(fails_with(Journal::open(dir_.path() / "absent" / "journal"), "ENOENT"));
}

TEST(Journal, DropsLinesUnlessItWasOpened) {
  Journal journal;
  journal.write(JsonLine().text("op", "lost"));
  EXPECT_TRUE(journal.drops_lines());
}

TEST_F(JournalTest, ReadinessGoesToTheFileAndTheDescriptor) {
  Pipe pipe = std::move(Pipe::make()).value();
  ASSERT_TRUE(is_ok(announce_ready({.fd = pipe.write.get(), .path = path_}, "on /x")));
  char text[64] = {};
  ASSERT_EQ(::read(pipe.read.get(), text, sizeof text), 12);
  EXPECT_STREQ(text, "ready on /x\n");
  EXPECT_EQ(read_part(path_, 0, 100), "ready on /x\n");
}

TEST_F(JournalTest, ReadinessThatNobodyCanSeeIsAnError) {
  EXPECT_TRUE(
      fails_with(announce_ready({.path = dir_.path() / "absent" / "ready"}, "x"), "ENOENT"));
}

}  // namespace
}  // namespace testbed
