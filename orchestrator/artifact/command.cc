#include "orchestrator/artifact/command.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "orchestrator/artifact/work_folder.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/stop_fd.h"
#include "orchestrator/base/subprocess.h"

namespace testbed {
namespace {

constexpr std::size_t kTailLines = 20;
constexpr std::size_t kLineLimit = 2000;

// Splits a stream into lines, tells each, and keeps the last ones.
class LineTail {
 public:
  explicit LineTail(const Progress& progress) : progress_(progress) {}

  void add(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n' || c == '\r' || line_.size() >= kLineLimit) finish_line();
      if (c != '\n' && c != '\r') line_ += c;
    }
  }

  std::string text() {
    finish_line();
    std::string text;
    for (const std::string& line : lines_) text += (text.empty() ? "" : "\n") + line;
    return text;
  }

 private:
  void finish_line() {
    if (line_.empty()) return;
    if (progress_) progress_(line_);
    lines_.push_back(std::move(line_));
    line_.clear();
    if (lines_.size() > kTailLines) lines_.pop_front();
  }

  const Progress& progress_;
  std::string line_;
  std::deque<std::string> lines_;
};

// Until the stream ends, the process is gone and silent, the deadline or a stop.
void drain(int fd, const Subprocess& process, const ObtainContext& context, LineTail& lines) {
  const StopFd stop(context.stop);
  char buffer[16384];
  while (true) {
    const bool gone = process.ended();
    pollfd fds[] = {{fd, POLLIN, 0}, {stop.get(), POLLIN, 0}};
    const auto wait = std::min<long>(context.deadline.remaining().count(), gone ? 50 : 200);
    const int ready = ::poll(fds, 2, static_cast<int>(wait));
    if (ready < 0 && errno != EINTR) return;
    if (fds[1].revents || context.deadline.expired()) return;
    if (ready > 0 && fds[0].revents) {
      const ssize_t count = ::read(fd, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      lines.add({buffer, static_cast<std::size_t>(count)});
    } else if (gone) {
      return;
    }
  }
}

}  // namespace

Result<> run_with_progress(const Command& command, const ObtainContext& context) {
  Pipe output = TRY(Pipe::make());
  ProcessSpec spec{.argv = command.argv,
                   .env = command.env,
                   .cwd = command.cwd.empty() ? context.scratch : command.cwd,
                   .in = -1,
                   .out = output.write.get(),
                   .err = output.write.get(),
                   .dies_with_us = true};
  spec.env.emplace("TMPDIR", context.scratch.string());
  spec.env.emplace(kWorkVariable, context.scratch.parent_path().string());
  Subprocess process = TRY(Subprocess::start(spec));
  output.write.reset();
  LineTail lines(context.progress);
  drain(output.read.get(), process, context, lines);
  const ExitStatus status = process.wait(context.deadline, context.stop);
  if (succeeded(status)) return {};
  return Error{"`" + quoted(command.argv) + "` ended with " + describe(status) + ": " +
               lines.text()};
}

Result<> require_program(const std::string& program, const std::string& debian_package) {
  if (std::string lacking = host::lacks_program(program, debian_package); !lacking.empty()) {
    return Error{"needs " + lacking};
  }
  return {};
}

}  // namespace testbed
