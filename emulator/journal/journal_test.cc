#include "emulator/journal/journal.h"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/temp_dir.h"

namespace testbed {
namespace {

class JournalTest : public testing::Test {
 protected:
  std::vector<json::object> lines() const {
    std::vector<json::object> all;
    std::istringstream text(read_file(path_).value());
    for (std::string line; std::getline(text, line);)
      all.push_back(parse_json(line).value().as_object());
    return all;
  }
  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "journal-test")).value();
  fs::path path_ = dir_.path() / "journal.jsonl";
};

TEST_F(JournalTest, PutsANumberAndATimeInFront) {
  auto journal = Journal::open(path_);
  ASSERT_TRUE(journal);
  journal->write(JsonLine().text("op", "READ"));
  journal->write(JsonLine().text("op", "WRITE"));
  const auto all = lines();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(number_or(all[0], "seq"), 1);
  EXPECT_EQ(number_or(all[1], "seq"), 2);
  EXPECT_EQ(all[0].begin()->key(), "seq");
  EXPECT_LE(number_or(all[0], "t"), number_or(all[1], "t"));
  EXPECT_GT(number_or(all[0], "t"), 1'600'000'000'000'000);
}

TEST_F(JournalTest, AppendsToWhatIsThere) {
  ASSERT_TRUE(write_file(path_, "{\"old\":1}\n"));
  Journal::open(path_).value().write(JsonLine().text("op", "READ"));
  EXPECT_EQ(lines().size(), 2u);
}

TEST_F(JournalTest, KeepsLinesOfSeveralThreadsWholeAndInOrder) {
  auto journal = Journal::open(path_);
  ASSERT_TRUE(journal);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 200; ++n) journal->write(JsonLine().text("op", std::string(100, 'x')));
      });
  }
  const auto all = lines();
  ASSERT_EQ(all.size(), 800u);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(number_or(all[i], "seq"), static_cast<std::int64_t>(i + 1));
}

TEST_F(JournalTest, DropsLinesWhenItWasNeverOpened) { Journal().write(JsonLine()); }

TEST_F(JournalTest, NamesTheFileThatCannotBeOpened) {
  const auto journal = Journal::open(dir_.path() / "absent" / "j");
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("absent/j: ENOENT"), std::string::npos);
}

}  // namespace
}  // namespace testbed
