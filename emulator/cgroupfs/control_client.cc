#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "emulator/cgroupfs/control_socket.h"
#include "emulator/cgroupfs/options.h"
#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"
#include "orchestrator/base/json.h"

namespace testbed {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "cgroupfs: %s\n", message.c_str());
  return code;
}

// Numbers and true are what they look like, all else is text.
json::value value_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  if (text == "true") return true;
  return json::value(valid_utf8(text));
}

Result<std::string> ask(const std::string& path, const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const UniqueFd server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(server.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno_error("connect", path, errno);
  }
  TRY(write_all(server.get(), line + "\n"));
  std::string answer;
  char part[65536];
  while (answer.find('\n') == std::string::npos) {
    const ssize_t length = ::read(server.get(), part, sizeof part);
    if (length <= 0) return Error{path + ": no answer: " + errno_text(length == 0 ? EPIPE : errno)};
    answer.append(part, static_cast<std::size_t>(length));
  }
  return answer;
}

}  // namespace

int run_control_client(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    return fail(kExitUsage, "ctl PATH COMMAND [KEY=VALUE]...; cgroupfs --help tells more");
  }
  json::object request{{"command", valid_utf8(arguments[1])}};
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(kExitUsage, "not of the form KEY=VALUE: " + arguments[i]);
    }
    request[arguments[i].substr(0, equals)] = value_of(arguments[i].substr(equals + 1));
  }
  const auto answer = ask(arguments[0], to_line(request));
  if (!answer) return fail(kExitUnavailable, answer.error().message);
  std::fputs(answer->c_str(), stdout);
  const auto parsed = parse_json(*answer);
  const bool ok = parsed && parsed->is_object() && flag_or(parsed->as_object(), "ok");
  return ok ? 0 : kExitBadValue;
}

}  // namespace testbed
