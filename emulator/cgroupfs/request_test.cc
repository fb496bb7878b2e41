#include "emulator/cgroupfs/request.h"

#include <gtest/gtest.h>
#include <linux/fuse.h>

#include <cerrno>
#include <cstring>

namespace testbed {
namespace {

std::string bytes_of(std::uint32_t opcode, const std::string& body) {
  fuse_in_header header{};
  header.len = static_cast<std::uint32_t>(sizeof header + body.size());
  header.opcode = opcode;
  header.unique = 7;
  header.nodeid = 3;
  header.pid = 42;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

template <class Part>
std::string body_of(const Part& part) {
  return {reinterpret_cast<const char*>(&part), sizeof part};
}

TEST(Request, ShowsTheMaskOfAccess) {
  const auto request = parse_request(bytes_of(FUSE_ACCESS, body_of(fuse_access_in{5, 0})));
  ASSERT_TRUE(request);
  EXPECT_EQ(journal_line(*request, {.sent = true, .error = ENOSYS}, 90).object(),
            R"({"op":"ACCESS","node":3,"mask":5,"errno":"ENOSYS","ns":90,"pid":42})");
}

TEST(Request, ShowsNamesBehindTheirFixedPart) {
  const auto lookup = parse_request(bytes_of(FUSE_LOOKUP, std::string("cpu\0", 4)));
  EXPECT_EQ(lookup->name, "cpu");
  const auto mkdir =
      parse_request(bytes_of(FUSE_MKDIR, body_of(fuse_mkdir_in{}) + std::string("pod\0", 4)));
  EXPECT_EQ(mkdir->name, "pod");
  EXPECT_EQ(journal_line(*mkdir, {.sent = true}, 1).object(),
            R"({"op":"MKDIR","node":3,"name":"pod","errno":null,"ns":1,"pid":42})");
}

TEST(Request, ShowsWhereIsWritten) {
  fuse_write_in in{};
  in.offset = 4096;
  in.size = 3;
  const auto request = parse_request(bytes_of(FUSE_WRITE, body_of(in) + "512"));
  EXPECT_EQ(request->offset, 4096u);
  EXPECT_EQ(request->size, 3u);
}

TEST(Request, SaysWhenNothingWasAnsweredOrAFaultWas) {
  const auto request = parse_request(bytes_of(FUSE_FORGET, body_of(fuse_forget_in{1})));
  EXPECT_FALSE(expects_answer(request->opcode));
  EXPECT_EQ(journal_line(*request, {}, 1).object(),
            R"({"op":"FORGET","node":3,"errno":null,"answered":false,"ns":1,"pid":42})");
  const auto flush = parse_request(bytes_of(FUSE_FLUSH, ""));
  EXPECT_EQ(journal_line(*flush, {.sent = true, .injected = true, .error = EIO}, 1).object(),
            R"({"op":"FLUSH","node":3,"errno":"EIO","injected":true,"ns":1,"pid":42})");
}

TEST(Request, ShorterThanItSaysIsNone) {
  const std::string bytes = bytes_of(FUSE_LOOKUP, std::string("cpu\0", 4));
  EXPECT_FALSE(parse_request(std::span(bytes).first(bytes.size() - 1)));
  EXPECT_FALSE(parse_request(std::span(bytes).first(8)));
  EXPECT_FALSE(parse_request(bytes_of(FUSE_ACCESS, ""))->mask) << "without its body";
}

TEST(Request, IsWellFormedOnlyWithAllOfItsParts) {
  const auto well_formed = [](std::uint32_t opcode, const std::string& body) {
    return is_well_formed(bytes_of(opcode, body));
  };
  EXPECT_TRUE(well_formed(FUSE_LOOKUP, std::string("cpu\0", 4)));
  EXPECT_FALSE(well_formed(FUSE_LOOKUP, "cpu")) << "without its end";
  EXPECT_FALSE(well_formed(FUSE_LOOKUP, std::string("\0", 1)));
  EXPECT_FALSE(well_formed(FUSE_LOOKUP, std::string("a/b\0", 4)));
  EXPECT_TRUE(well_formed(FUSE_SYMLINK, std::string("a\0x/y\0", 6)));
  EXPECT_FALSE(well_formed(FUSE_RENAME, body_of(fuse_rename_in{}) + std::string("a\0b", 3)));
  EXPECT_FALSE(well_formed(FUSE_GETATTR, ""));
  fuse_write_in in{};
  in.size = 3;
  EXPECT_TRUE(well_formed(FUSE_WRITE, body_of(in) + "512"));
  EXPECT_FALSE(well_formed(FUSE_WRITE, body_of(in) + "51"));
  EXPECT_FALSE(well_formed(FUSE_BATCH_FORGET, body_of(fuse_batch_forget_in{0xffffffff, 0})));
  EXPECT_TRUE(well_formed(999, "")) << "unknown: its answer is ENOSYS";
}

TEST(Request, InitIsAsLongAsItsFlagsSay) {
  fuse_init_in in{};
  in.major = 7;
  const std::string all = body_of(in);
  EXPECT_TRUE(is_well_formed(bytes_of(FUSE_INIT, all.substr(0, 16)))) << "as gVisor sends it";
  in.flags = FUSE_INIT_EXT;
  EXPECT_FALSE(is_well_formed(bytes_of(FUSE_INIT, body_of(in).substr(0, 16))));
  EXPECT_TRUE(is_well_formed(bytes_of(FUSE_INIT, body_of(in))));
}

TEST(Request, KindsHaveNames) {
  EXPECT_EQ(find_opcode("access"), FUSE_ACCESS);
  EXPECT_EQ(find_opcode("READDIR"), FUSE_READDIR);
  EXPECT_FALSE(find_opcode("read "));
  EXPECT_EQ(opcode_name(999), "OPCODE_999");
}

}  // namespace
}  // namespace testbed
