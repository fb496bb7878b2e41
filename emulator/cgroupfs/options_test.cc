#include "emulator/cgroupfs/options.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "emulator/cgroupfs/request.h"

namespace testbed::cgroupfs {
namespace {

Options parsed(const std::vector<std::string>& words) {
  const CommandLine line = parse_command_line(words);
  EXPECT_TRUE(line.options) << line.text;
  return line.options.value_or(Options{});
}

TEST(OptionsTest, RegistersEveryHandlerUnlessTold) {
  const Options options = parsed({"/mnt"});
  EXPECT_EQ(options.mountpoint, "/mnt");
  EXPECT_EQ(options.handlers, all_handlers());
  EXPECT_EQ(options.threads, 4u);
  EXPECT_EQ(options.timeout_ms, 0u);
  EXPECT_FALSE(options.make_dir || options.default_permissions || options.allow_other);
}

TEST(OptionsTest, OnlyKeepsLookup) {
  EXPECT_EQ(parsed({"--only", "getattr,read", "/mnt"}).handlers,
            (std::set<std::string>{"getattr", "lookup", "read"}));
}

TEST(OptionsTest, WithoutCountsLastWhateverTheOrder) {
  const std::set<std::string> left{"getattr", "lookup"};
  EXPECT_EQ(parsed({"--only=getattr,read", "--without=read", "/mnt"}).handlers, left);
  EXPECT_EQ(parsed({"--without=read", "--only=getattr,read", "/mnt"}).handlers, left);
  EXPECT_EQ(parsed({"--without", "access", "--without", "flush", "/mnt"}).handlers.size(),
            all_handlers().size() - 2);
}

TEST(OptionsTest, ReadsTheRest) {
  const Options options =
      parsed({"--make-dir", "--default-permissions", "--allow-other", "--layout", "v1", "--threads",
              "2", "--timeout-ms", "1500", "--journal", "/j", "--ready-fd", "3", "--ready-file",
              "/r", "--die-after", "9", "/mnt"});
  EXPECT_TRUE(options.make_dir && options.default_permissions && options.allow_other);
  EXPECT_EQ(options.threads, 2u);
  EXPECT_EQ(options.timeout_ms, 1500u);
  EXPECT_EQ(options.journal, "/j");
  EXPECT_EQ(options.ready.fd, 3);
  EXPECT_EQ(options.ready.file, "/r");
  EXPECT_EQ(options.die_after, 9u);
}

TEST(OptionsTest, ReadsPlannedFailures) {
  const Options options = parsed({"--fail", "read=EIO@3", "--fail=WRITE=EROFS", "/mnt"});
  ASSERT_EQ(options.failures.size(), 2u);
  EXPECT_EQ(opcode_name(options.failures[0].opcode), "READ");
  EXPECT_EQ(options.failures[0].error, EIO);
  EXPECT_EQ(options.failures[0].only, 3u);
  EXPECT_EQ(options.failures[1].error, EROFS);
  EXPECT_EQ(options.failures[1].only, 0u);
}

TEST(OptionsTest, WrongUsageIs64) {
  const std::vector<std::vector<std::string>> wrong = {
      {}, {"--unknown", "/mnt"}, {"/a", "/b"}, {"/mnt", "--threads"}};
  for (const auto& words : wrong) EXPECT_EQ(parse_command_line(words).code, kUsage);
}

TEST(OptionsTest, BadValuesAre65AndNamed) {
  const std::vector<std::pair<std::string, std::string>> bad = {{"--only=getatr", "'getatr'"},
                                                                {"--without=lookup", "lookup"},
                                                                {"--layout=v2", "'v2'"},
                                                                {"--threads=0", "'0'"},
                                                                {"--threads=x", "'x'"},
                                                                {"--fail=read", "'read'"},
                                                                {"--fail=read=EOOPS", "'EOOPS'"},
                                                                {"--fail=x=EIO", "'x'"},
                                                                {"--fail=read=EIO@0", "'0'"},
                                                                {"--die-after=-1", "'-1'"},
                                                                {"--ready-fd=", "''"},
                                                                {"--timeout-ms=1s", "'1s'"}};
  for (const auto& [word, named] : bad) {
    const CommandLine line = parse_command_line({word, "/mnt"});
    EXPECT_EQ(line.code, kBadValue) << word;
    EXPECT_NE(line.text.find(named), std::string::npos) << line.text;
  }
}

TEST(OptionsTest, HelpAndVersionAreNoErrors) {
  const CommandLine help = parse_command_line({"--help"});
  EXPECT_EQ(help.code, kDone);
  for (const std::string& name : all_handlers())
    EXPECT_NE(help.text.find(name), std::string::npos) << name;
  EXPECT_EQ(parse_command_line({"--version"}).text.compare(0, 9, "cgroupfs "), 0);
}

TEST(OptionsTest, EveryHandlerIsAnOperation) {
  for (const std::string& name : all_handlers()) EXPECT_NE(find_opcode(name), 0u) << name;
}

}  // namespace
}  // namespace testbed::cgroupfs
