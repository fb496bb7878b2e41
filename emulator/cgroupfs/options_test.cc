#include "emulator/cgroupfs/options.h"

#include <gtest/gtest.h>

#include "emulator/cgroupfs/mount.h"
#include "emulator/cgroupfs/request.h"

namespace testbed {
namespace {

ParsedOptions parse(std::vector<std::string> words) { return parse_options(words); }

std::string errors(std::vector<std::string> words) {
  std::string text;
  for (const Failure& failure : parse(std::move(words)).errors) {
    text += std::to_string(failure.exit_code) + " " + failure.message + "\n";
  }
  return text;
}

TEST(Options, AllHandlersAnswerUnlessToldOtherwise) {
  const Options options = parse({"/mnt"}).options;
  EXPECT_EQ(options.mountpoint, "/mnt");
  EXPECT_EQ(options.handlers.size(), handler_names().size());
  EXPECT_EQ(options.threads, 2u) << "of each of many mounts";
  EXPECT_TRUE(options.separate_mounts);
  EXPECT_FALSE(options.default_permissions);
}

TEST(Options, OnlyLeavesTheNamedHandlersAndLookup) {
  const Options options = parse({"/mnt", "--only", "getattr,readdir,open,read"}).options;
  EXPECT_EQ(options.handlers, (Handlers{"getattr", "lookup", "open", "read", "readdir"}));
}

TEST(Options, WithoutTakesHandlersAway) {
  const Options options = parse({"--without=access,flush", "/mnt"}).options;
  EXPECT_FALSE(options.handlers.contains("access"));
  EXPECT_FALSE(options.handlers.contains("flush"));
  EXPECT_TRUE(options.handlers.contains("read"));
}

TEST(Options, EveryMistakeIsReported) {
  EXPECT_EQ(errors({"--only", "open,nope,no", "--threads", "0", "--fail", "read", "--what"}),
            "65 --only open,nope,no: no handler is named nope, no\n"
            "65 --threads 0: not a number from 1 to 64\n"
            "65 --fail read: not of the form OP=ERRNO or OP=ERRNO@N\n"
            "64 unknown option --what\n"
            "64 no MOUNTPOINT was given\n");
}

TEST(Options, WrongUsageIsReported) {
  EXPECT_EQ(errors({"/a", "/b"}), "64 more than one MOUNTPOINT: /b\n");
  EXPECT_EQ(errors({"/a", "--journal"}), "64 --journal needs a value\n");
  EXPECT_EQ(errors({"/a", "--make-dir=1"}), "64 --make-dir takes no value\n");
  EXPECT_EQ(errors({"/a", "--layout", "v3"}), "65 --layout v3: layouts are v1, v2 and hybrid\n");
  EXPECT_NE(errors({"/a", "--without", "lookup"}), "");
}

std::string roots(std::vector<std::string> words) {
  words.insert(words.begin(), "/mnt");
  std::string text;
  const Options options = parse(std::move(words)).options;
  for (const RootPlan& root : options.plan.roots) text += root.name + " ";
  return text + (options.separate_mounts ? "separate" : "single");
}

TEST(Options, ALayoutIsAPlanOfHierarchies) {
  EXPECT_EQ(roots({"--controllers", "cpu,cpuacct,memory", "--comount", "cpu,cpuacct"}),
            "memory cpu,cpuacct separate");
  EXPECT_EQ(roots({"--layout=hybrid", "--controllers=pids", "--mounts=single"}),
            "pids unified single");
  EXPECT_EQ(roots({"--layout=v2"}), " single");
  EXPECT_EQ(parse({"/mnt", "--layout=v2"}).options.threads, 4u);
  EXPECT_EQ(errors({"/a", "--controllers=cpu,nope"}),
            "65 no controller of this layout is named nope\n");
  EXPECT_EQ(errors({"/a", "--comount=cpu"}), "65 a co-mount names two controllers or more: cpu\n");
  EXPECT_EQ(errors({"/a", "--comount=cpu,nope"}),
            "65 no controller of v1 is named nope, or it is twice\n");
  EXPECT_EQ(errors({"/a", "--layout=v2", "--comount=cpu,memory"}),
            "65 layout v2 has nothing to co-mount\n");
  EXPECT_NE(errors({"/a", "--mounts=two"}), "");
}

TEST(Options, AFaultNamesARequestAnErrnoAndAPlace) {
  const auto faults =
      parse({"/a", "--fail", "write=EBUSY@3", "--fail", "access=ENOSYS"}).options.faults;
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(opcode_name(faults[0].opcode), "WRITE");
  EXPECT_EQ(faults[0].error, EBUSY);
  EXPECT_EQ(faults[0].nth, 3u);
  EXPECT_EQ(faults[1].nth, 0u);
  EXPECT_EQ(errors({"/a", "--fail", "write=EWHAT"}),
            "65 --fail write=EWHAT: no such errno: EWHAT\n");
  EXPECT_NE(errors({"/a", "--fail", "forget=EIO"}), "") << "it gets no answer";
  EXPECT_NE(errors({"/a", "--fail", "read=EIO@0"}), "");
}

TEST(Options, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse({"--help"}).options.help);
  EXPECT_EQ(errors({"--version"}), "");
  EXPECT_NE(help_text().find("releasedir"), std::string::npos);
}

TEST(MountData, HoldsOnlyWhatGvisorKnows) {
  Options options;
  EXPECT_EQ(mount_data(5, options), "fd=5,rootmode=40000,user_id=0,group_id=0");
  options.default_permissions = options.allow_other = true;
  EXPECT_EQ(mount_data(5, options),
            "fd=5,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other");
}

TEST(MountFailure, SaysWhatToDo) {
  const Failure failure = mount_failure("/x", EPERM);
  EXPECT_EQ(failure.exit_code, 77);
  EXPECT_EQ(failure.message,
            "cannot mount on /x: EPERM (Operation not permitted); run as root or with "
            "CAP_SYS_ADMIN in the mount namespace");
  EXPECT_EQ(mount_failure("/x", ENOENT).exit_code, 65);
  EXPECT_EQ(device_failure(ENOENT).exit_code, 69);
  EXPECT_EQ(device_failure(EACCES).exit_code, 77);
}

}  // namespace
}  // namespace testbed
