#include "emulator/cgroupfs/cgroupfs_fixture.h"

namespace testbed {
namespace {

// A server with a control socket, asked by `cgroupfs ctl`.
class ControlHostTest : public CgroupfsTest {
 protected:
  void start_controlled(std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--control", socket_.string()});
    start(std::move(options));
  }
  std::string ctl(std::vector<std::string> words) const {
    std::vector<std::string> argv{kProgram, "ctl", socket_.string()};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto output = run_command({.argv = argv}, Deadline::after(milliseconds(15000)));
    return output ? output->out + output->err : output.error().message;
  }

  fs::path socket_ = dir_.path() / "control";
};

TEST_F(ControlHostTest, AFaultHitsTheFileAndTheOperationItNames) {
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  EXPECT_EQ(ctl({"inject", "path=/cpu/*", "op=write", "errno=EBUSY", "times=1"}),
            "{\"ok\":true,\"id\":1}\n");
  ASSERT_EQ(mkdir("cpu/pod"), "OK");
  ASSERT_EQ(mkdir("pids/pod"), "OK");
  EXPECT_EQ(write("pids/pod/pids.max", "5"), "OK");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "5"), "EBUSY");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "5"), "OK") << "only once";
  const std::string journal = ctl({"journal"});
  EXPECT_NE(journal.find("\"errno\":\"EBUSY\",\"injected\":true"), std::string::npos) << journal;
  EXPECT_NE(ctl({"groups"}).find("{\"path\":\"/cpu/pod\",\"members\":[]}"), std::string::npos);
  EXPECT_NE(ctl({"statistics"}).find("\"WRITE\":{\"requests\":3,\"errors\":1,"), std::string::npos);
}

TEST_F(ControlHostTest, AReadCanBeCutShort) {
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  ctl({"inject", "path=/cpu/cpu.shares", "op=read", "short=2"});
  EXPECT_EQ(read("cpu/cpu.shares"), "10");
  EXPECT_EQ(ctl({"remove"}), "{\"ok\":true}\n");
  EXPECT_EQ(read("cpu/cpu.shares"), "1024\n");
}

TEST_F(ControlHostTest, AnInjectedDeathLeavesAMountThatIsNotConnected) {
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  ctl({"inject", "path=/cpu/cpu.shares", "op=read", "death=true"});
  EXPECT_EQ(read("cpu/cpu.shares"), "ECONNABORTED") << "the request that waited";
  EXPECT_EQ(describe(server_->wait(Deadline::after(milliseconds(5000)))), "exit code 70");
  EXPECT_EQ(read("cpu/cpu.shares"), "ENOTCONN");
}

// More clients wait for the slow file than there are threads.
TEST_F(ControlHostTest, ASlowFileHoldsUpNobodyElse) {
  ASSERT_NO_FATAL_FAILURE(start_controlled({"--threads", "2"}));
  ctl({"inject", "path=/cpu/cpu.shares", "op=read", "delay_ms=3000"});
  std::atomic<int> finished = 0;
  std::vector<std::jthread> slow;
  for (int i = 0; i < 16; ++i) {
    slow.emplace_back([&] {
      EXPECT_EQ(read("cpu/cpu.shares"), "1024\n");
      ++finished;
    });
  }
  std::this_thread::sleep_for(milliseconds(200));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(read("cpu/cpu.cfs_period_us"), "100000\n");
  EXPECT_EQ(finished, 0) << "the others were served while all of these waited";
}

TEST_F(ControlHostTest, AClientThatIsKilledBetweenOpenAndWriteLeavesNothingBehind) {
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  ASSERT_EQ(mkdir("cpu/pod"), "OK");
  const fs::path marker = dir_.path() / "opened";
  auto client = Subprocess::start({.argv = {"sh", "-c", "exec 3>\"$1\"; : >\"$2\"; sleep 60", "sh",
                                            (tree_ / "cpu/pod/cpu.shares").string(), marker}});
  ASSERT_TRUE(is_ok(client));
  const Deadline deadline = Deadline::after(milliseconds(5000));
  while (!fs::exists(marker) && !deadline.expired()) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  client->signal_group(SIGKILL);
  client->wait(Deadline::after(milliseconds(5000)));
  EXPECT_EQ(read("cpu/pod/cpu.shares"), "1024\n");
  EXPECT_EQ(write("cpu/pod/cpu.shares", "512"), "OK");
  EXPECT_EQ(rmdir("cpu/pod"), "OK");
  EXPECT_GE(count("RELEASE", ""), 1);
}

TEST_F(ControlHostTest, AServerThatWasKilledIsReplacedOnTheSameMountAndSocket) {
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  ASSERT_EQ(mkdir("cpu/pod"), "OK");
  server_->signal_group(SIGKILL);
  server_->wait(Deadline::after(milliseconds(5000)));
  EXPECT_EQ(read("cpu/cpu.shares"), "ENOTCONN");
  server_.reset();
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  EXPECT_EQ(read("cpu/cpu.shares"), "1024\n");
  EXPECT_EQ(read("cpu/pod/cpu.shares"), "ENOENT") << "a new server has a new tree";
  EXPECT_NE(ctl({"groups"}).find("\"ok\":true"), std::string::npos);
  EXPECT_EQ(stop(), "exit code 0");
  EXPECT_FALSE(fs::exists(socket_));
}

TEST_F(ControlHostTest, SixtyFourClientsLoseNoValueAndTearNone) {
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  ASSERT_EQ(mkdir("cpu/shared"), "OK");
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 64; ++client) {
      clients.emplace_back([&, client] {
        const std::string own = "cpu/client" + std::to_string(client);
        if (mkdir(own) != "OK") ++wrong;
        for (int i = 0; i < 20; ++i) {
          const std::string value = std::to_string(100000 + client * 100 + i);
          if (write(own + "/cpu.shares", value) != "OK") ++wrong;
          if (read(own + "/cpu.shares") != value + "\n") ++wrong;
          write("cpu/shared/cpu.shares", value);
          const std::string seen = read("cpu/shared/cpu.shares");
          if (seen.size() != 7 || !seen.starts_with("10") || seen.back() != '\n') ++wrong;
        }
        if (rmdir(own) != "OK") ++wrong;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(ControlHostTest, TheClientSaysWhatIsWrong) {
  EXPECT_NE(ctl({"groups"}).find("connect " + socket_.string() + ": ENOENT"), std::string::npos);
  ASSERT_NO_FATAL_FAILURE(start_controlled());
  EXPECT_NE(ctl({"inject", "op"}).find("not of the form KEY=VALUE: op"), std::string::npos);
  EXPECT_NE(ctl({"inject", "errno=E"}).find("no such errno: E"), std::string::npos);
}

}  // namespace
}  // namespace testbed
