#pragma once

// What tests of the plugin share: calls of the built program, and network namespaces that exist
// only as descriptors of the test's own process, so that nothing of them can be left behind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "emulator/cni/failure.h"
#include "emulator/cni/netlink.h"
#include "emulator/cni/result.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"

namespace testbed::cni {

inline constexpr const char* kProgram = TESTBED_BINARY_DIR "/emulator/cni/cni";

struct CallSpec {
  std::string verb, id;
  std::string netns{};
  std::string config;
  std::string program = kProgram;
  std::string args{};
};

struct CallResult {
  int exit_code = -1;  // -1: it did not exit by itself
  json::object answer{};
  std::string out{};

  std::int64_t code() const { return number_or(answer, "code"); }
  std::string msg() const { return text_or(answer, "msg") + text_or(answer, "details"); }
};

inline UniqueFd file_of(std::string_view text) {
  UniqueFd fd(::memfd_create("cni-test", MFD_CLOEXEC));
  EXPECT_TRUE(write_all(fd.get(), text));
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

inline ProcessSpec process_of(const CallSpec& call, int in) {
  return {.argv = {call.program},
          .env = {{"CNI_COMMAND", call.verb},
                  {"CNI_CONTAINERID", call.id},
                  {"CNI_NETNS", call.netns},
                  {"CNI_IFNAME", "eth0"},
                  {"CNI_ARGS", call.args},
                  {"CNI_PATH", "/usr/lib/cni"}},
          .in = in};
}

inline CallResult call(const CallSpec& spec) {
  const UniqueFd in = file_of(spec.config);
  const auto output =
      run_command(process_of(spec, in.get()), Deadline::after(milliseconds(60'000)));
  CallResult result;
  if (!output) return result;
  if (const auto* exited = std::get_if<Exited>(&output->status)) result.exit_code = exited->code;
  result.out = output->out;
  const auto parsed = parse_json(output->out);
  if (parsed && parsed->is_object()) result.answer = parsed->get_object();
  return result;
}

// A network namespace that a descriptor of this process keeps.
class TestNamespace {
 public:
  TestNamespace() {
    std::thread([this] {
      EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
      fd_ = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    }).join();
  }
  std::string path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_.get());
  }
  int fd() const { return fd_.get(); }
  // The namespace ends once nothing else holds it.
  void vanish() { fd_.reset(); }

  // What `work` makes, made in the namespace: sockets stay there.
  template <class Work>
  auto inside(const Work& work) const {
    decltype(work()) made;
    std::thread([&] {
      EXPECT_EQ(::setns(fd_.get(), CLONE_NEWNET), 0);
      made = work();
    }).join();
    return made;
  }

 private:
  UniqueFd fd_;
};

}  // namespace testbed::cni
