#include "emulator/cni/install.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "orchestrator/base/errno_name.h"

namespace testbed::cni {
namespace {

// bridge is left alone: where the standard one is installed it may be wanted.
constexpr std::array kNames = {"cni", "loopback", "host-local"};

Answer<> link_as(const fs::path& program, const fs::path& name) {
  const fs::path aside = name.string() + ".new";
  ::unlink(aside.c_str());
  if (::symlink(program.c_str(), aside.c_str()) != 0 ||
      ::rename(aside.c_str(), name.c_str()) != 0) {
    return Failure{.code = Code::IoFailure, .msg = errno_error("link", name, errno).message};
  }
  return {};
}

}  // namespace

json::object configuration_list(const InstallOptions& options) {
  json::object plugin{{"type", options.type}};
  const bool own = options.type == "cni";
  if (own) plugin["mode"] = options.mode;
  json::array ranges;
  for (const std::string& subnet : options.subnets) {
    ranges.push_back(json::array{json::object{{"subnet", subnet}}});
  }
  if (!ranges.empty()) plugin["ipam"] = json::object{{"type", "host-local"}, {"ranges", ranges}};
  // Our modes know the default route; other plugins have to be told.
  if (!own && !ranges.empty() && !options.keys.contains("isDefaultGateway")) {
    json::array routes;
    for (const std::string& subnet : options.subnets) {
      const bool v6 = subnet.find(':') != std::string::npos;
      routes.push_back(json::object{{"dst", v6 ? "::/0" : "0.0.0.0/0"}});
    }
    plugin["ipam"].as_object()["routes"] = std::move(routes);
  }
  if (own)
    plugin["capabilities"] = json::object{{"portMappings", true}, {"mac", true}, {"ips", true}};
  for (const auto& [key, value] : options.keys) plugin[key] = value;
  json::array plugins{plugin};
  for (const std::string& type : options.chain) {
    plugins.push_back(
        json::object{{"type", type}, {"capabilities", json::object{{"portMappings", true}}}});
  }
  return {{"cniVersion", options.version}, {"name", options.network}, {"plugins", plugins}};
}

Answer<fs::path> install(const InstallOptions& options) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return Failure{.code = Code::IoFailure, .msg = "/proc/self/exe: " + error.message()};
  TRY(or_fail(Code::IoFailure, make_directories(options.bin_dir)));
  for (const char* name : kNames) {
    if (options.bin_dir / name != self) TRY(link_as(self, options.bin_dir / name));
  }
  if (options.conf_dir.empty()) return fs::path();
  TRY(or_fail(Code::IoFailure, make_directories(options.conf_dir)));
  // "10-": before what others may have put there; runtimes take the first by name.
  const fs::path file = options.conf_dir / ("10-" + options.network + ".conflist");
  TRY(or_fail(Code::IoFailure,
              write_file_atomically(file, to_pretty(configuration_list(options)))));
  return file;
}

}  // namespace testbed::cni
