#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <sstream>
#include <thread>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/scoped_mount.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {

inline const std::string kProgram = std::string(TESTBED_BINARY_DIR) + "/emulator/cgroupfs/cgroupfs";

// The program, serving a directory of its own. Whatever it leaves mounted goes with the fixture.
class CgroupfsTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_root());
    REQUIRE_HOST(host::lacks_fuse());
  }
  void TearDown() override {
    server_.reset();
    EXPECT_TRUE(is_ok(detach_mounts_below(dir_.path())));
  }

  // One mount, as most tests look at the requests of one.
  void start(std::vector<std::string> options) {
    options.insert(options.begin(), {"--mounts", "single"});
    start_plain(std::move(options));
  }
  void start_plain(std::vector<std::string> options) {
    fs::remove(ready_);
    std::vector<std::string> argv{kProgram,          tree_,          "--make-dir",   "--journal",
                                  journal_.string(), "--ready-file", ready_.string()};
    argv.insert(argv.end(), options.begin(), options.end());
    auto started = Subprocess::start({.argv = argv, .err = 2});
    ASSERT_TRUE(is_ok(started));
    server_.emplace(std::move(started).value());
    const Deadline deadline = Deadline::after(milliseconds(5000));
    while (!fs::exists(ready_) && !server_->ended() && !deadline.expired()) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    ASSERT_EQ(read_part(ready_, 0, 1000), "ready " + tree_.string() + "\n");
  }
  std::string stop() {
    server_->signal_group(SIGTERM);
    return describe(server_->wait(Deadline::after(milliseconds(5000))));
  }

  std::string read(const std::string& path) const {
    const UniqueFd fd(::open((tree_ / path).c_str(), O_RDONLY | O_CLOEXEC));
    char text[8192];
    const ssize_t length = fd.valid() ? ::read(fd.get(), text, sizeof text) : -1;
    return length < 0 ? errno_name(errno) : std::string(text, static_cast<std::size_t>(length));
  }
  std::string write(const std::string& path, const std::string& text, int flags = 0) const {
    const UniqueFd fd(::open((tree_ / path).c_str(), O_WRONLY | O_CLOEXEC | flags));
    if (!fd.valid()) return errno_name(errno);
    const ssize_t length = ::write(fd.get(), text.data(), text.size());
    return length < 0 ? errno_name(errno) : "OK";
  }
  static std::string outcome(int result) { return result == 0 ? "OK" : errno_name(errno); }
  std::string mkdir(const std::string& path) {
    return outcome(::mkdir((tree_ / path).c_str(), 0755));
  }
  std::string rmdir(const std::string& path) { return outcome(::rmdir((tree_ / path).c_str())); }

  // How often the journal has that request with that answer ("" for success).
  int count(const std::string& op, const std::string& error) const {
    int found = 0;
    std::istringstream lines(read_part(journal_, 0, std::size_t{1} << 24));
    for (std::string line; std::getline(lines, line);) {
      const auto value = parse_json(line);
      EXPECT_TRUE(is_ok(value)) << line;
      const json::object& object = value->as_object();
      found += text_or(object, "op") == op && text_or(object, "errno") == error ? 1 : 0;
    }
    return found;
  }

  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "cgroupfs-test")).value();
  fs::path tree_ = dir_.path() / "cgroup", journal_ = dir_.path() / "journal",
           ready_ = dir_.path() / "ready";
  std::optional<Subprocess> server_;
};

}  // namespace testbed
