#include "emulator/agent/frame.h"

#include <gtest/gtest.h>

#include "orchestrator/base/testing/outcomes.h"

namespace testbed {
namespace {

using namespace std::string_literals;

TEST(FrameReader, ReadsWhatWasEncoded) {
  FrameReader reader;
  reader.add(encode_frame("out", 7, "hello") + encode_frame("quit", 0));
  const auto first = reader.next();
  ASSERT_TRUE(is_ok(first));
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->kind, "out");
  EXPECT_EQ((*first)->id, 7u);
  EXPECT_EQ((*first)->payload, "hello");
  const auto second = reader.next();
  ASSERT_TRUE(is_ok(second) && second->has_value());
  EXPECT_EQ((*second)->kind, "quit");
  EXPECT_EQ((*second)->payload, "");
  EXPECT_FALSE(reader.midway());
}

TEST(FrameReader, TakesInputByteByByteAndKeepsBinaryPayload) {
  std::string payload;
  for (int byte = 0; byte < 256; ++byte) payload += static_cast<char>(byte);
  const std::string bytes = encode_frame("err", 12345678901234567890u, payload);
  FrameReader reader;
  for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
    reader.add(bytes.substr(at, 1));
    const auto frame = reader.next();
    ASSERT_TRUE(is_ok(frame));
    ASSERT_FALSE(frame->has_value()) << "after byte " << at;
    ASSERT_TRUE(reader.midway());
  }
  reader.add(bytes.substr(bytes.size() - 1));
  const auto frame = reader.next();
  ASSERT_TRUE(is_ok(frame) && frame->has_value());
  EXPECT_EQ((*frame)->id, 12345678901234567890u);
  EXPECT_EQ((*frame)->payload, payload);
}

TEST(FrameReader, ReadsAThousandFramesOfOneBurst) {
  std::string bytes;
  for (int id = 0; id < 1000; ++id) bytes += encode_frame("out", static_cast<unsigned>(id), "x\n");
  FrameReader reader;
  reader.add(bytes);
  for (unsigned id = 0; id < 1000; ++id) {
    const auto frame = reader.next();
    ASSERT_TRUE(is_ok(frame) && frame->has_value());
    ASSERT_EQ((*frame)->id, id);
  }
  EXPECT_FALSE(reader.midway());
}

TEST(FrameReader, RefusesALengthAboveTheLimit) {
  FrameReader reader;
  reader.add("out 1 16777217\n");
  EXPECT_TRUE(fails_with(reader.next(), "frame is too long: 16777217 bytes"));
}

TEST(FrameReader, AcceptsALengthAtTheLimit) {
  FrameReader reader;
  reader.add("out 1 16777216\n");
  EXPECT_TRUE(is_ok(reader.next()));
}

TEST(FrameReader, RefusesGarbage) {
  for (const std::string& garbage :
       {"hello\n"s, "OUT 1 0\n"s, "out 1\n"s, "out x 0\n"s, "out 1 -1\n"s, "out 1 1x\n"s, " 1 0\n"s,
        "out  0\n"s, "\n"s, "out 1 0 \n"s, "out 99999999999999999999 0\n"s, std::string(64, 'a'),
        "\x00\xff\x1b\n"s}) {
    FrameReader reader;
    reader.add(garbage);
    EXPECT_TRUE(fails_with(reader.next(), "malformed frame header")) << garbage;
  }
}

TEST(FrameReader, ShowsGarbageWithoutControlCharacters) {
  FrameReader reader;
  reader.add("a\x1b[31m\xff\n");
  EXPECT_TRUE(fails_with(reader.next(), "'a?[31m?'"));
}

TEST(RunRequest, SurvivesTheWayThere) {
  const RunRequest sent{.argv = {"sh", "-c", "", "a b\nc"}, .env = {"A=1", "B=x=y"}, .cwd = "/tmp"};
  const auto received = decode_run(encode_run(sent));
  ASSERT_TRUE(is_ok(received));
  EXPECT_EQ(received->argv, sent.argv);
  EXPECT_EQ(received->env, sent.env);
  EXPECT_EQ(received->cwd, sent.cwd);
}

TEST(RunRequest, IsRefusedWhenMalformed) {
  EXPECT_TRUE(fails_with(decode_run(""), "without a command"));
  EXPECT_TRUE(fails_with(decode_run("EA=1\0"s), "without a command"));
  EXPECT_TRUE(fails_with(decode_run("Ash"), "malformed"));
  EXPECT_TRUE(fails_with(decode_run("Ash\0\0"s), "malformed"));
  EXPECT_TRUE(fails_with(decode_run("Zsh\0"s), "unknown item"));
  EXPECT_TRUE(fails_with(decode_run("ENAME\0Ash\0"s), "KEY=VALUE"));
  EXPECT_TRUE(fails_with(decode_run("E\0Ash\0"s), "KEY=VALUE"));
}

}  // namespace
}  // namespace testbed
