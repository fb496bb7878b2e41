#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "emulator/agent/blocked_call.h"
#include "emulator/agent/frame.h"
#include "emulator/agent/go_processes.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

const std::string kLegacy = std::string(TESTBED_BINARY_DIR) + "/libexec/testbed/supervisor-legacy";
const std::string kAgent = std::string(TESTBED_BINARY_DIR) + "/emulator/agent/agent";
constexpr auto kPatience = milliseconds(5000);

// The real program at the end of two pipes.
class AgentTest : public testing::Test {
 protected:
  void SetUp() override {
    Pipe in = std::move(Pipe::make()).value();
    Pipe out = std::move(Pipe::make()).value();
    Pipe err = std::move(Pipe::make()).value();
    auto started = Subprocess::start(
        {.argv = {kAgent}, .in = in.read.get(), .out = out.write.get(), .err = err.write.get()});
    ASSERT_TRUE(is_ok(started));
    process_.emplace(std::move(started).value());
    to_ = std::move(in.write);
    from_ = std::move(out.read);
    complaints_ = std::move(err.read);
    EXPECT_EQ(next("ready").payload, "pid=" + std::to_string(process_->pid()) + " version=1");
  }

  void send(std::string_view kind, std::uint64_t id, std::string_view payload = {}) {
    ASSERT_TRUE(is_ok(write_all(to_.get(), encode_frame(kind, id, payload))));
  }
  void run(std::uint64_t id, std::vector<std::string> argv) {
    send("run", id, encode_run({.argv = std::move(argv), .env = {}, .cwd = {}}));
  }
  void shell(std::uint64_t id, const std::string& script) { run(id, {"sh", "-c", script}); }

  // The next frame of that kind; what is passed over goes to outputs_.
  Frame next(const std::string& kind, milliseconds patience = kPatience) {
    const Deadline deadline = Deadline::after(patience);
    while (!deadline.expired()) {
      auto frame = reader_.next();
      if (!frame) return {"malformed", 0, frame.error().message};
      if (*frame && (*frame)->kind == kind) return **frame;
      if (*frame) {
        outputs_[(*frame)->kind] += (*frame)->payload;
        continue;
      }
      pollfd readable{from_.get(), POLLIN, 0};
      if (::poll(&readable, 1, static_cast<int>(deadline.remaining().count())) <= 0) break;
      char bytes[65536];
      const ssize_t count = ::read(from_.get(), bytes, sizeof bytes);
      if (count <= 0) return {"eof", 0, ""};
      reader_.add({bytes, static_cast<std::size_t>(count)});
    }
    return {"timeout", 0, kind};
  }
  std::string agent_end() {
    agent_ended_ = true;
    return describe(process_->wait(Deadline::after(kPatience)));
  }
  // The end of its input ends the agent and all that it started; a kill would leave those behind.
  void TearDown() override {
    to_.reset();
    if (process_ && !agent_ended_) process_->wait(Deadline::after(kPatience));
  }

  bool agent_ended_ = false;

  std::optional<Subprocess> process_;
  UniqueFd to_, from_, complaints_;
  FrameReader reader_;
  std::map<std::string, std::string> outputs_;
};

bool gone(const std::string& pid) {
  const Deadline deadline = Deadline::after(kPatience);
  while (::kill(std::stoi(pid), 0) == 0) {
    if (deadline.expired()) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

TEST_F(AgentTest, ForwardsBothStreamsAndTheExitCode) {
  shell(3, "echo to out; echo to err >&2; exit 7");
  const Frame end = next("exit");
  EXPECT_EQ(end.id, 3u);
  EXPECT_EQ(end.payload, "exited 7");
  EXPECT_EQ(outputs_["out"], "to out\n");
  EXPECT_EQ(outputs_["err"], "to err\n");
}

TEST_F(AgentTest, SaysWhichSignalEndedACommand) {
  run(1, {"sleep", "60"});
  EXPECT_EQ(next("started").id, 1u);
  send("signal", 1, "15");
  EXPECT_EQ(next("exit").payload, "signalled 15");
}

TEST_F(AgentTest, SignalsTheWholeProcessGroup) {
  shell(1, "trap 'echo caught; exit 0' USR1; sh -c 'echo $$; exec sleep 60' & wait");
  const std::string grandchild = next("out").payload;
  send("signal", 1, "10");
  EXPECT_EQ(next("exit").payload, "exited 0");
  EXPECT_EQ(outputs_["out"], "caught\n");
  EXPECT_TRUE(gone(grandchild));
}

TEST_F(AgentTest, ReportsWhyACommandDidNotStart) {
  run(1, {"/no/such/program"});
  EXPECT_EQ(next("failed").payload, "execve ENOENT (No such file or directory)");
  send("run", 2, encode_run({.argv = {"true"}, .env = {}, .cwd = "/no/such/directory"}));
  const Frame failed = next("failed");
  EXPECT_EQ(failed.id, 2u);
  EXPECT_EQ(failed.payload, "chdir ENOENT (No such file or directory)");
  run(3, {"/etc/passwd"});
  EXPECT_EQ(next("failed").payload, "execve EACCES (Permission denied)");
  shell(4, "exit 0");
  EXPECT_EQ(next("exit").id, 4u) << "a command that failed to start has no exit";
}

TEST_F(AgentTest, GivesEnvironmentWorkingDirectoryAndEmptyInput) {
  send(
      "run", 1,
      encode_run(
          {.argv = {"sh", "-c", "cat; echo $NAME in $PWD"}, .env = {"NAME=a=b c"}, .cwd = "/usr"}));
  EXPECT_EQ(next("exit").payload, "exited 0");
  EXPECT_EQ(outputs_["out"], "a=b c in /usr\n");
}

TEST_F(AgentTest, StartsCommandsWithDefaultSignals) {
  run(1, {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
  EXPECT_EQ(next("exit").payload, "exited 0");
  EXPECT_EQ(outputs_["out"], "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(AgentTest, AnswersAPing) {
  send("status", 0);
  EXPECT_EQ(next("status").payload, "alive");
}

long field(const std::string& status, const std::string& name) {
  const std::size_t at = status.find(name + "=");
  return at == status.npos ? -2 : std::atol(status.c_str() + at + name.size() + 1);
}

TEST_F(AgentTest, StatusTellsASleepingFromABusyCommand) {
  run(1, {"sleep", "60"});
  shell(2, "echo ready; (while :; do :; done); exit");
  EXPECT_EQ(next("out").payload, "ready\n");
  const Deadline deadline = Deadline::after(kPatience);
  std::string busy;
  do {
    ::poll(nullptr, 0, 50);
    send("status", 2);
    busy = next("status").payload;
  } while (field(busy, "cpu_ms") <= 50 && !deadline.expired());
  send("status", 1);
  const std::string sleeping = next("status").payload;
  EXPECT_LT(field(sleeping, "cpu_ms"), 50) << sleeping;
  EXPECT_NE(sleeping.find("state=S threads=1 output=0"), sleeping.npos) << sleeping;
  EXPECT_GT(field(busy, "cpu_ms"), 50) << busy;
  EXPECT_EQ(field(busy, "output"), 6) << busy;
}

TEST_F(AgentTest, EndsItsChildrenWhenStandardInputEnds) {
  shell(1, "sleep 60 & echo $!; wait");
  const std::string grandchild = next("out").payload;
  to_.reset();
  EXPECT_EQ(agent_end(), describe(Exited{0}));
  EXPECT_TRUE(gone(grandchild));
}

TEST_F(AgentTest, EndsAlsoWhatLeftItsProcessGroup) {
  shell(1, "setsid sh -c 'echo $$; exec sleep 60' &");
  const std::string daemon = next("out").payload;
  EXPECT_EQ(next("exit").payload, "exited 0");
  send("quit", 0);
  EXPECT_EQ(agent_end(), describe(Exited{0}));
  EXPECT_TRUE(gone(daemon));
}

TEST_F(AgentTest, EndsOnSigterm) {
  process_->signal_group(SIGTERM);
  EXPECT_EQ(agent_end(), describe(Exited{0}));
}

TEST_F(AgentTest, AGrandchildInTheBackgroundDoesNotHoldBackTheExit) {
  shell(1, "(sleep 1; echo later) & echo now; exit 3");
  const Frame end = next("exit", milliseconds(950));
  EXPECT_EQ(end.payload, "exited 3");
  EXPECT_EQ(outputs_["out"], "now\n");
  EXPECT_EQ(next("out").payload, "later\n");
}

TEST_F(AgentTest, AGrandchildThatNeverStopsWritingDoesNotHoldBackTheExit) {
  shell(1, "yes & exit 3");
  EXPECT_EQ(next("exit").payload, "exited 3");
  send("signal", 1, "9");
}

TEST_F(AgentTest, ForwardsAMebibyteUnharmedToASlowReader) {
  TempDir dir = std::move(TempDir::make(fs::temp_directory_path(), "agent-test")).value();
  std::string bytes;
  for (std::uint32_t i = 0; bytes.size() < (1 << 20); ++i)
    bytes += static_cast<char>((i * 2654435761u) >> 24);
  ASSERT_TRUE(is_ok(write_file(dir.path() / "bytes", bytes)));
  run(1, {"cat", dir.path() / "bytes"});
  ::poll(nullptr, 0, 300);
  EXPECT_EQ(next("exit").payload, "exited 0");
  EXPECT_TRUE(outputs_["out"] == bytes) << outputs_["out"].size() << " bytes";
}

TEST_F(AgentTest, RunsCommandsSideBySide) {
  for (std::uint64_t id = 1; id <= 20; ++id) shell(id, "sleep 0.2; exit " + std::to_string(id));
  std::vector<std::string> ends;
  for (int i = 0; i < 20; ++i) {
    const Frame end = next("exit");
    EXPECT_EQ(end.payload, "exited " + std::to_string(end.id));
    ends.push_back(end.payload);
  }
  std::sort(ends.begin(), ends.end());
  EXPECT_EQ(std::unique(ends.begin(), ends.end()), ends.end());
}

TEST_F(AgentTest, RefusesWhatItDoesNotKnowAndGoesOn) {
  send("dance", 5);
  const Frame failed = next("failed");
  EXPECT_EQ(failed.id, 5u);
  EXPECT_EQ(failed.payload, "unknown request");
  send("signal", 6, "9");
  EXPECT_EQ(next("failed").payload, "unknown command");
  send("run", 7, "nonsense");
  EXPECT_EQ(next("failed").payload, "malformed run request");
  run(8, {"sleep", "60"});
  EXPECT_EQ(next("started").id, 8u);
  run(8, {"true"});
  EXPECT_EQ(next("failed").payload, "command number in use");
  send("signal", 8, "999");
  EXPECT_EQ(next("failed").payload, "kill EINVAL (Invalid argument)");
}

TEST_F(AgentTest, EndsOnAMalformedFrame) {
  ASSERT_TRUE(is_ok(write_all(to_.get(), "hello there\n")));
  EXPECT_EQ(agent_end(), describe(Exited{65}));
  char text[256] = {};
  EXPECT_GT(::read(complaints_.get(), text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "agent: malformed frame header: 'hello there'\n");
}

TEST_F(AgentTest, EndsWhenNobodyReadsItsReplies) {
  shell(1, "sleep 0.2; echo hello");
  from_.reset();
  EXPECT_EQ(agent_end(), describe(Exited{69}));
}

TEST_F(AgentTest, SaysInWhichStopATraceeStandsAndWhomItsTracerWaitsFor) {
  run(1, {kLegacy, "sh", "-c", "cat /dev/null"});
  next("started");
  for (int look = 0; look < 8; ++look) {
    ::poll(nullptr, 0, 100);
    send("status", 1);
    next("status");
  }
  send("threads", 1);
  const std::string threads = next("threads").payload;
  // The shell waits in wait4 or stands in a stop of it; its child has never run.
  std::smatch tracer, child;
  ASSERT_TRUE(std::regex_search(
      threads, tracer,
      std::regex("pid=(\\d+) tid=\\d+ state=S still_ms=(\\d+) cpu_ms=\\d+ tracer=0 call=61 "
                 "arg=(\\d+) stop=\\? wchan=\\S+ name=supervisor-lega")))
      << threads;
  ASSERT_TRUE(std::regex_search(threads, child,
                                std::regex("pid=(\\d+) tid=\\d+ state=t still_ms=(\\d+) cpu_ms=0 "
                                           "tracer=" +
                                           tracer[1].str() + " ")))
      << threads;
  EXPECT_NE(tracer[3], child[1]) << "the tracer must not wait for the thread that stands\n"
                                 << threads;
  EXPECT_GE(std::stoi(child[2]), 300) << threads;
  send("signal", 1, "9");
}

// A program with the note that Go's linker writes, and which SIGQUIT ends: that is all it takes.
std::string made_to_look_like_go(const fs::path& file) {
  fs::copy_file(find_program("sleep"), file);
  std::ofstream(file, std::ios::app) << std::string("\4\0\0\0\x53\0\0\0\4\0\0\0Go\0\0", 16);
  return file.string();
}

TEST_F(AgentTest, AsksGoProgramsForTheirStacksAndNobodyElse) {
  const TempDir folder = TempDir::make(testing::TempDir(), "go").value();
  const std::string go = made_to_look_like_go(folder.path() / "gosleep");
  ASSERT_TRUE(is_go_program(go));
  shell(1, "exec " + go + " 60");
  next("started");
  ::poll(nullptr, 0, 300);
  send("goroutines", 1);
  const std::string asked = next("goroutines").payload;
  EXPECT_NE(asked.find("name=gosleep\n"), std::string::npos) << asked;
  EXPECT_EQ(next("exit").payload, "signalled 3");
  shell(2, "exec sleep 60");
  next("started");
  send("goroutines", 2);
  EXPECT_EQ(next("goroutines").payload, "");
  send("signal", 2, "9");
}

TEST(GoProgram, IsKnownByItsNote) {
  EXPECT_FALSE(is_go_program("/proc/self/exe"));
  EXPECT_FALSE(is_go_program("/no/such/file"));
  REQUIRE_HOST(host::lacks_program("runc", "runc"));
  EXPECT_TRUE(is_go_program(find_program("runc").string()));
}

// What the agent does where /proc has no `syscall` file.
TEST(BlockedCall, IsReadFromTheRegistersOfASleepingThreadThatThenGoesOn) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::poll(nullptr, 0, 700);
    ::_exit(5);
  }
  ::poll(nullptr, 0, 100);
  EXPECT_EQ(blocked_call_by_ptrace(child).number, SYS_poll);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

}  // namespace
}  // namespace testbed
