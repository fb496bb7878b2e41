#include "emulator/cni/delegate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sstream>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/subprocess.h"

namespace testbed::cni {
namespace {

constexpr std::chrono::seconds kPatience{60};

Answer<fs::path> find_plugin(const Request& request) {
  const std::string& type = request.config.ipam.type;
  if (type.find('/') != std::string::npos) {
    return Failure{.code = Code::InvalidConfig,
                   .msg = "invalid network config",
                   .details = "ipam.type: \"" + type + "\" is not the name of a program"};
  }
  std::istringstream folders(request.path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder) / type;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Failure{.code = Code::DelegateFailed,
                 .msg = "failed to find plugin \"" + type + "\" in path [" + request.path + "]"};
}

// The configuration as a file that can be read from its beginning, so that no pipe can fill up.
Answer<UniqueFd> configuration(const Request& request) {
  UniqueFd fd(::memfd_create("cni-config", MFD_CLOEXEC));
  if (!fd.valid())
    return Failure{.code = Code::IoFailure, .msg = "memfd_create: " + errno_text(errno)};
  TRY(or_fail(Code::IoFailure, write_all(fd.get(), to_line(request.config.source))));
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

Answer<std::string> run(const Request& request, std::string_view verb) {
  const fs::path plugin = TRY(find_plugin(request));
  const UniqueFd in = TRY(configuration(request));
  const auto output = TRY(or_fail(
      Code::DelegateFailed,
      run_command(
          {.argv = {plugin.string()}, .env = {{"CNI_COMMAND", std::string(verb)}}, .in = in.get()},
          Deadline::after(kPatience))));
  (void)write_all(STDERR_FILENO, output.err);
  if (succeeded(output.status)) return output.out;
  const auto parsed = parse_json(output.out);
  const std::string said = parsed && parsed->is_object() ? text_or(parsed->get_object(), "msg")
                                                         : describe(output.status);
  return Failure{
      .code = Code::DelegateFailed,
      .msg = "plugin " + request.config.ipam.type + " failed (" + std::string(verb) + "): " + said};
}

}  // namespace

Answer<Success> delegate_add(const Request& request) {
  auto text = run(request, "ADD");
  if (!text) {
    (void)run(request, "DEL");
    return std::move(text).error();
  }
  const auto parsed = parse_json(*text);
  if (!parsed) {
    (void)run(request, "DEL");
    return Failure{.code = Code::DelegateFailed,
                   .msg = "plugin " + request.config.ipam.type +
                          " answered no JSON: " + parsed.error().message};
  }
  return read_success(*parsed, request.config.version);
}

Answer<> delegate_quietly(const Request& request) {
  TRY(run(request, name_of(request.verb)));
  return {};
}

}  // namespace testbed::cni
