#include "emulator/cgroupfs/request.h"

#include <gtest/gtest.h>
#include <linux/fuse.h>

#include <cerrno>
#include <vector>

namespace testbed::cgroupfs {
namespace {

std::vector<std::byte> bytes_of(std::uint32_t opcode, std::string_view body) {
  fuse_in_header header{};
  header.opcode = opcode;
  header.unique = 7;
  header.nodeid = 3;
  header.pid = 42;
  const auto* begin = reinterpret_cast<const std::byte*>(&header);
  std::vector<std::byte> bytes(begin, begin + sizeof header);
  for (char c : body) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

TEST(RequestTest, ReadsTheHeader) {
  const Request request = parse_request(bytes_of(FUSE_GETATTR, "rest"));
  EXPECT_EQ(opcode_name(request.opcode), "GETATTR");
  EXPECT_EQ(request.unique, 7u);
  EXPECT_EQ(request.node, 3u);
  EXPECT_EQ(request.pid, 42u);
  EXPECT_EQ(request.name, "");
}

TEST(RequestTest, FindsTheNameBehindTheArguments) {
  EXPECT_EQ(parse_request(bytes_of(FUSE_LOOKUP, {"cpu\0", 4})).name, "cpu");
  const std::string arguments(sizeof(fuse_mkdir_in), '\0');
  EXPECT_EQ(parse_request(bytes_of(FUSE_MKDIR, arguments + "g")).name, "g");
}

TEST(RequestTest, SurvivesTruncatedRequests) {
  EXPECT_EQ(parse_request({}).opcode, 0u);
  EXPECT_EQ(parse_request(bytes_of(FUSE_MKDIR, "")).name, "");
}

TEST(RequestTest, NamesOperationsInBothDirections) {
  EXPECT_EQ(find_opcode("releasedir"), static_cast<std::uint32_t>(FUSE_RELEASEDIR));
  EXPECT_EQ(find_opcode("READ"), static_cast<std::uint32_t>(FUSE_READ));
  EXPECT_EQ(find_opcode("rea"), 0u);
  EXPECT_EQ(opcode_name(4000), "OP4000");
}

TEST(RequestTest, KnowsWhatHandlersAreFor) {
  EXPECT_EQ(handled_opcodes({"read", "fsync"}),
            (std::set<std::uint32_t>{FUSE_READ, FUSE_FSYNC, FUSE_FSYNCDIR}));
}

TEST(RequestTest, KnowsWhatLibfuseAnswersAlone) {
  EXPECT_EQ(answer_without_handler(FUSE_ACCESS), ENOSYS);
  EXPECT_EQ(answer_without_handler(FUSE_FLUSH), ENOSYS);
  EXPECT_EQ(answer_without_handler(4000), ENOSYS);
  EXPECT_EQ(answer_without_handler(FUSE_OPEN), 0);
  EXPECT_EQ(answer_without_handler(FUSE_STATFS), 0);
}

}  // namespace
}  // namespace testbed::cgroupfs
