#include "emulator/cgroupfs/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"
#include "orchestrator/base/log.h"

namespace testbed {
namespace {

constexpr std::size_t kLongestLine = 65536;
constexpr int kWaiting = 16;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Error{"control socket " + path + ": the path of a socket has 1 to 107 bytes"};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd new_socket() { return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

const sockaddr* as_general(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool somebody_listens(const sockaddr_un& address) {
  const UniqueFd probe = new_socket();
  return ::connect(probe.get(), as_general(address), sizeof address) == 0;
}

// One line at a time; what is no line within its length ends the connection.
void serve_client(const UniqueFd& client, const Controlled& controlled) {
  std::string pending;
  char part[4096];
  for (ssize_t length = 0; (length = ::read(client.get(), part, sizeof part)) > 0;) {
    pending.append(part, static_cast<std::size_t>(length));
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      const std::string answer = answer_control(controlled, pending.substr(0, end)) + "\n";
      if (!write_all(client.get(), answer)) return;
      pending.erase(0, end + 1);
    }
    if (pending.size() > kLongestLine) return;
  }
}

}  // namespace

Result<UniqueFd> ControlSocket::listen(const std::string& path) {
  const sockaddr_un address = TRY(address_of(path));
  UniqueFd listener = new_socket();
  if (!listener.valid()) return errno_error("socket", path, errno);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    if (somebody_listens(address)) {
      return Error{"control socket " + path + ": another server listens on it"};
    }
    ::unlink(path.c_str());
  }
  const mode_t before = ::umask(0177);
  const int bound = ::bind(listener.get(), as_general(address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) return errno_error("bind control socket", path, error);
  if (::listen(listener.get(), kWaiting) != 0) return errno_error("listen", path, errno);
  return listener;
}

void ControlSocket::serve(UniqueFd listener, const Controlled& controlled) {
  std::thread([listener = std::move(listener), controlled] {
    while (true) {
      UniqueFd client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        return log_warning("cgroupfs: control socket: " + errno_text(errno));
      }
      std::thread([client = std::move(client), controlled] {
        serve_client(client, controlled);
      }).detach();
    }
  }).detach();
}

}  // namespace testbed
