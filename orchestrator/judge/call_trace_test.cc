#include "orchestrator/judge/call_trace.h"

#include <gtest/gtest.h>

#include "orchestrator/judge/call_difference.h"

namespace testbed {
namespace {

// Lines as runsc writes them, without their common beginning.
class Log {
 public:
  Log& add(int thread, const std::string& text) {
    reader_.add_line("I1126 16:20:00.000001       1 strace.go:596] [   " + std::to_string(thread) +
                     ":   " + std::to_string(thread) + "] " + text);
    return *this;
  }
  // The agent starts thread 7, which begins with a call of its own.
  Log& start() {
    return add(1, "agent E clone(SIGCHLD, 0x0, 0x0, 0x0, 0x0)")
        .add(7, "agent X execve(0x7fe1c0b2a010 /bin/ls, 0x7ffd2a [\"ls\"], 0x7f) = 0x0 (1ms)")
        .add(1, "agent X clone(SIGCHLD, 0x0, 0x0, 0x0, 0x0) = 0x7 (80µs)");
  }
  Log& call(const std::string& text) { return add(7, "ls X " + text); }
  CallTrace read() { return reader_.finish(); }

 private:
  CallTraceReader reader_;
};

TEST(CallTrace, HoldsTheProcessesThatTheAgentStartedAndTheirs) {
  const CallTrace trace = Log()
                              .start()
                              .add(1, "agent X read(0x0 pipe:[1], 0x7f \"\", 0x10) = 0x1 (1µs)")
                              .add(3, "cgroupfs X read(0x4 /dev/fuse, 0x7f, 0x20) = 0x9 (1µs)")
                              .add(7, "sh X vfork() = 0x8 (5µs)")
                              .add(8, "ls X getpid() = 0x8 (1µs)")
                              .read();
  ASSERT_EQ(trace.threads.size(), 2u);
  EXPECT_EQ(trace.threads[0].process, "sh");
  EXPECT_EQ(trace.threads[1].process, "ls");
  EXPECT_EQ(trace.threads[1].calls.at(0).text(), "getpid(...) = PID");
}

TEST(CallTrace, IsFreeOfAddressesStructuresAndTimes) {
  const CallTrace trace =
      Log()
          .start()
          .call("openat(AT_FDCWD /, 0x7f12ab34c010 /etc/ld.so.cache, O_RDONLY, 0o0) = 0x3 (12µs)")
          .call("mmap(0x0, 0x2000, PROT_READ, MAP_PRIVATE, 0x3 /x, 0x0) = 0x7f12ab34c000 (2µs)")
          .call("write(0x1 pipe:[8], ..., 0x67) = 103 (0x67) (3µs)")
          .call("brk(0x0) = 4521984 (0x450000) (3µs)")
          .call("fstat(0x3 /x, 0x7ffd12345678 {dev=9, ino=3, mode=S_IFREG|0o644}) = 0x0 (1µs)")
          .read();
  const auto& calls = trace.threads.at(0).calls;
  EXPECT_EQ(calls.at(1).text(), "openat(AT_FDCWD /, /etc/ld.so.cache, O_RDONLY, 0o0) = 3");
  EXPECT_EQ(calls.at(2).outcome, "ADDRESS");
  EXPECT_EQ(calls.at(3).text(), "write(0x1 pipe:[], ..., 0x67) = 103");
  EXPECT_EQ(calls.at(4).outcome, "ADDRESS");
  EXPECT_EQ(calls.at(5).text(), "fstat(0x3 /x, {...}) = 0");
}

TEST(CallTrace, NamesTheErrnoOfWhatFailedAndTellsWhatDidNotReturn) {
  const CallTrace trace =
      Log()
          .start()
          .call(
              "openat(AT_FDCWD /, 0x7f12ab34c010 /cg, O_DIRECTORY, 0o0) = 0x0 errno=38 "
              "(function not implemented) (99µs)")
          .add(7, "ls E read(0x3 /cg/x, 0x7f12ab34c010, 0x1000)")
          .read();
  const auto& calls = trace.threads.at(0).calls;
  EXPECT_TRUE(calls.at(1).failed);
  EXPECT_EQ(last_failures(trace, 3),
            std::vector<std::string>{"ls: openat(AT_FDCWD /, /cg, O_DIRECTORY, 0o0) = ENOSYS"});
  EXPECT_EQ(waits_in(trace), "ls: read(0x3 /cg/x, ADDRESS, 0x1000)");
}

TEST(CallTrace, PassesOverWhatIsNoSystemCall) {
  CallTraceReader reader;
  for (const char* line :
       {"", "I1126 16:20:00.000001 1 main.go:1] args", "strace.go:1] [",
        "I1 strace.go:596] [   1:   1] agent", "I1 strace.go:596] [ x: y] a E b(",
        "I1 strace.go:596] [   1:   1] a X b(c", "I1 strace.go:596] [   7:   7] \xff\xfe X (("})
    reader.add_line(line);
  EXPECT_EQ(reader.finish().calls(), 0u);
}

TEST(CallTrace, TellsProcessesWhoseNamesHoldBlanks) {
  const CallTrace trace = Log().start().add(7, "my E prog X getppid() = 0x1 (1µs)").read();
  EXPECT_EQ(trace.threads.at(0).process, "my E prog");
}

TEST(CallDifference, IsWhereTheTwoGoApart) {
  const std::string opened = "openat(AT_FDCWD /, 0x7f12ab34c010 /cg, O_DIRECTORY, 0o0) = 0x";
  const CallTrace here = Log()
                             .start()
                             .call("brk(0x0) = 0x55ab12345000 (1µs)")
                             .call(opened + "0 errno=38 (function not implemented) (9µs)")
                             .call("write(0x2 pipe:[2], 0x7f \"ls: \", 0x4) = 0x4 (1µs)")
                             .call("exit_group(0x2) = 0x0 (1µs)")
                             .read();
  const CallTrace there = Log()
                              .start()
                              .call("brk(0x0) = 0x564512345000 (1µs)")
                              .call(opened + "3 (9µs)")
                              .call("getdents64(0x3 /cg, 0x7f12, 0x8000) = 0x60 (1µs)")
                              .call("getdents64(0x3 /cg, 0x7f12, 0x8000) = 0x0 (1µs)")
                              .call("close(0x3) = 0x0 (1µs)")
                              .call("exit_group(0x0) = 0x0 (1µs)")
                              .read();
  const auto difference = first_difference(here, there);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->here, "openat(AT_FDCWD /, /cg, O_DIRECTORY, 0o0) = ENOSYS");
  EXPECT_EQ(difference->there, "openat(AT_FDCWD /, /cg, O_DIRECTORY, 0o0) = 3");
  EXPECT_EQ(difference->process, "ls");
  EXPECT_EQ(difference->alike, 2u);
}

TEST(CallDifference, PassesOverWhatChangesNothing) {
  const auto traced = [](const std::string& rseq, const std::string& last) {
    Log log;
    log.start().call("rseq(0x20, 0x0) = " + rseq);
    for (const char* call : {"brk(0x0) = 0x55ab12345000 (1µs)", "uname(0x7f) = 0x0 (1µs)",
                             "getuid() = 0x0 (1µs)", "futex(0x7f) = 0x0 (1µs)"})
      log.call(call);
    return log.call("openat(AT_FDCWD /, 0x7f12ab34c010 /cg, 0x0, 0o0) = " + last).read();
  };
  const CallTrace here = traced("0x0 errno=38 (x) (1µs)", "0x0 errno=13 (permission denied) (1µs)");
  const CallTrace there = traced("0x0 (1µs)", "0x3 (1µs)");
  const auto difference = first_difference(here, there);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->here, "openat(AT_FDCWD /, /cg, 0x0, 0o0) = EACCES");
  EXPECT_EQ(difference->without_consequence,
            std::vector<std::string>{"rseq(0x20, 0x0) = ENOSYS; there rseq(0x20, 0x0) = 0"});
}

TEST(CallDifference, IsTheLastFailureWhereBothEndAlike) {
  const auto traced = [](bool works) {
    Log log;
    log.start().call("statx(0x7f12ab34c010 /cg) = " +
                     std::string(works ? "0" : "0x0 errno=38 (x) (1µs)"));
    if (!works) log.call("stat(0x7f12ab34c010 /cg) = 0x0 (1µs)");
    log.call("open(0x7f12ab34c010 /cg) = " + std::string(works ? "3" : "0x0 errno=13 (x) (1µs)"));
    if (works) log.call("getdents64(0x3 /cg) = 0x0 (1µs)");
    for (const char* call : {"fstat(0x1) = 0x0 (1µs)", "write(0x1) = 0x5 (1µs)",
                             "close(0x1) = 0x0 (1µs)", "exit_group(0x0) = 0x0 (1µs)"})
      log.call(call);
    return log.read();
  };
  const auto difference = first_difference(traced(false), traced(true));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->here, "open(/cg) = EACCES");
  EXPECT_EQ(difference->without_consequence.size(), 1u);
}

TEST(CallTrace, LeavesOutTheEnvironment) {
  const CallTrace trace =
      Log()
          .start()
          .call("execve(0x7fe1c0b2a010 /x, 0x431360 [\"x\"], 0x431380 [\"A=1\"]) = 0x0 (1µs)")
          .read();
  EXPECT_EQ(trace.threads.at(0).calls.at(1).text(), "execve(/x, [\"x\"]) = 0");
}

TEST(CallDifference, IsInTheTextWhereEveryCallComesToTheSame) {
  const auto log = [](const std::string& content) {
    return Log()
        .start()
        .call("read(0x3 /cg/shares, 0x7f12ab34c010 \"" + content + "\", 0x20) = 0x4 (1µs)")
        .read();
  };
  const auto difference = first_difference(log("512"), log("1024"));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->here, "read(0x3 /cg/shares, \"512\", 0x20) = 4");
  EXPECT_FALSE(first_difference(log("512"), log("512")).has_value());
}

TEST(CallDifference, IsTheCallThatDoesNotReturn) {
  const CallTrace here = Log().start().add(7, "ls E read(0x3 /cg, 0x7f12ab34c010, 0x8)").read();
  const CallTrace there =
      Log().start().call("read(0x3 /cg, 0x7f12ab34c010 \"1\", 0x8) = 0x1 (1µs)").read();
  EXPECT_EQ(first_difference(here, there)->here, "read(0x3 /cg, ADDRESS, 0x8)");
}

}  // namespace
}  // namespace testbed
