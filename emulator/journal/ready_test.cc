#include "emulator/journal/ready.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"

namespace testbed {
namespace {

TEST(ReadyTest, WritesOneLineToTheDescriptorAndClosesIt) {
  auto pipe = Pipe::make();
  ASSERT_TRUE(pipe);
  ASSERT_TRUE(announce_ready({.fd = pipe->write.release()}, "/mnt"));
  char text[64];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(pipe->read.get(), text, 64))),
            "ready /mnt\n");
  EXPECT_EQ(::read(pipe->read.get(), text, 64), 0) << "the descriptor is still open";
}

TEST(ReadyTest, MakesTheFile) {
  const auto dir = TempDir::make(fs::temp_directory_path(), "ready-test");
  ASSERT_TRUE(dir);
  ASSERT_TRUE(announce_ready({.file = dir->path() / "ready"}, "x"));
  EXPECT_EQ(read_file(dir->path() / "ready").value(), "ready x\n");
}

TEST(ReadyTest, DoesNothingUnlessAsked) { EXPECT_TRUE(announce_ready({}, "x")); }

TEST(ReadyTest, NamesWhatFailed) {
  const auto to_fd = announce_ready({.fd = 12345}, "x");
  ASSERT_FALSE(to_fd);
  EXPECT_NE(to_fd.error().message.find("--ready-fd 12345"), std::string::npos);
  const auto to_file = announce_ready({.file = "/absent/ready"}, "x");
  ASSERT_FALSE(to_file);
  EXPECT_NE(to_file.error().message.find("/absent"), std::string::npos);
}

}  // namespace
}  // namespace testbed
