// Many processes of the plugin at once, some killed at any moment: no address may ever belong to
// two, and what the killed ones left must come back.
#include <map>
#include <mutex>
#include <random>

#include "emulator/cni/testing.h"

namespace testbed::cni {
namespace {

constexpr int kWorkers = 64;

constexpr int kRounds = 100;

// Who has an address, as their answers said.
class Owners {
 public:
  void got(const std::string& address, const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto [at, fresh] = owners_.emplace(address, id);
    if (!fresh) duplicates_.push_back(address + " of " + at->second + " and " + id);
  }
  void gives_back(const std::string& id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(owners_, [&](const auto& entry) { return entry.second == id; });
  }
  const std::map<std::string, std::string>& owners() const { return owners_; }
  const std::vector<std::string>& duplicates() const { return duplicates_; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> owners_;
  std::vector<std::string> duplicates_;
};

class Worker {
 public:
  Worker(int number, const std::string& config, Owners& owners)
      : number_(number), config_(config), owners_(owners), random_(static_cast<unsigned>(number)) {}

  void work() {
    for (int round = 0; round < kRounds; ++round) {
      const std::string id = "w" + std::to_string(number_) + "-" + std::to_string(round % 4);
      const bool kill = random_() % 4 == 0;
      if (round % 3 == 2) {
        owners_.gives_back(id);
        run("DEL", id, kill);
      } else {
        run("ADD", id, kill);
      }
    }
  }
  int killed() const { return killed_; }

 private:
  void run(const std::string& verb, const std::string& id, bool kill) {
    const CallSpec spec{.verb = verb, .id = id, .netns = "/none", .config = config_};
    if (kill) return start_and_kill(spec);
    const CallResult result = call(spec);
    EXPECT_EQ(result.exit_code, 0) << verb << " " << result.out;
    if (verb != "ADD") return;
    const json::value* ips = result.answer.if_contains("ips");
    ASSERT_TRUE(ips && ips->is_array()) << result.out;
    const std::string address = text_or(ips->get_array().at(0).as_object(), "address");
    owners_.gives_back(id);  // an attachment that is added again keeps its address
    owners_.got(address, id);
  }

  void start_and_kill(const CallSpec& spec) {
    const UniqueFd in = file_of(spec.config);
    auto child = Subprocess::start(process_of(spec, in.get()));
    ASSERT_TRUE(child);
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 6000));
    child->signal_group(SIGKILL);
    const ExitStatus status = child->wait(Deadline::after(milliseconds(60'000)));
    killed_ += std::holds_alternative<Signalled>(status) ? 1 : 0;
  }

  int number_;
  const std::string& config_;
  Owners& owners_;
  std::mt19937 random_;
  int killed_ = 0;
};

TEST(ManyProcesses, NoAddressBelongsToTwoAndNothingLeaksWhateverIsKilled) {
  const TempDir state = std::move(TempDir::make(fs::temp_directory_path(), "cni-kill")).value();
  const auto config = [&](const std::string& more = "") {
    return R"({"cniVersion": "1.1.0", "name": "net", "type": "cni", "mode": "fake", "dataDir": ")" +
           state.path().string() + R"(", "ipam": {"subnet": "10.77.0.0/22"})" + more + "}";
  };
  const std::string text = config();
  Owners owners;
  std::vector<Worker> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back(i, text, owners);
  {
    std::vector<std::jthread> threads;
    for (Worker& worker : workers) threads.emplace_back([&] { worker.work(); });
  }
  int killed = 0;
  for (const Worker& worker : workers) killed += worker.killed();
  EXPECT_GT(killed, 0);
  EXPECT_TRUE(owners.duplicates().empty()) << owners.duplicates().front();

  std::string valid;
  std::vector<std::string> expected;
  for (const auto& [address, id] : owners.owners()) {
    valid += (valid.empty() ? "" : ",") + std::string(R"({"containerID": ")") + id +
             R"(", "ifname": "eth0"})";
    expected.push_back(address.substr(0, address.find('/')));
  }
  const auto held = [&] {
    std::vector<std::string> names;
    for (const std::string& name : list_directory(state.path() / "net")) {
      if (Address::parse(name)) names.push_back(name);
    }
    return names;
  };
  std::sort(expected.begin(), expected.end());
  const auto before = held();
  EXPECT_TRUE(std::includes(before.begin(), before.end(), expected.begin(), expected.end()));
  const CallResult gc =
      call({.verb = "GC",
            .id = "",
            .config = config(R"(, "cni.dev/valid-attachments": [)" + valid + "]")});
  EXPECT_EQ(gc.exit_code, 0) << gc.out;
  EXPECT_EQ(held(), expected);
  std::printf("%d calls, %d killed, %zu addresses leaked by them and returned by GC\n",
              kWorkers * kRounds, killed, before.size() - expected.size());
}

}  // namespace
}  // namespace testbed::cni
