#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "emulator/cni/commands.h"
#include "emulator/cni/plugin.h"
#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace testbed::cni {
namespace {

Environment cni_environment() {
  Environment environment;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with("CNI_") || equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Answer<std::string> read_standard_input() {
  std::string input;
  char buffer[65536];
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Failure{.code = Code::IoFailure,
                     .msg = "error reading from stdin: " + errno_text(errno)};
    }
    if (count == 0) return input;
    input.append(buffer, static_cast<std::size_t>(count));
    if (input.size() > kMaxInput) {
      return Failure{
          .code = Code::IoFailure,
          .msg = "the configuration has more than " + std::to_string(kMaxInput) + " bytes"};
    }
  }
}

int call(const Environment& environment, const std::string& program) {
  const auto input = read_standard_input();
  const Reply reply =
      input ? answer_call(environment, *input, program)
            : Reply{.out = to_pretty(to_json(input.error(), supported_versions().back())),
                    .exit_code = 1};
  // A runtime that does not read the answer must not take it for a good one.
  const bool written = write_all(STDOUT_FILENO, reply.out).has_value();
  return written ? reply.exit_code : 1;
}

}  // namespace
}  // namespace testbed::cni

int main(int argc, char** argv) {
  using namespace testbed::cni;
  const std::string program = argc > 0 ? testbed::fs::path(argv[0]).filename().string() : "cni";
  const Environment environment = cni_environment();
  if (environment.contains("CNI_COMMAND")) return call(environment, program);
  return run_command_line({argv + std::min(argc, 1), argv + argc});
}
