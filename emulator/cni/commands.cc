#include "emulator/cni/commands.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "emulator/cni/config.h"
#include "emulator/cni/install.h"
#include "emulator/cni/names.h"
#include "emulator/cni/recording.h"
#include "emulator/journal/ready.h"

namespace testbed::cni {
namespace {

constexpr int kDiffers = 1, kUsage = 64, kBadValue = 65, kUnavailable = 69;

constexpr const char* kHelp =
    R"(usage: CNI_COMMAND=ADD CNI_CONTAINERID=... CNI_NETNS=... CNI_IFNAME=... cni < CONFIG
       cni install [OPTION]...     make this program known to a container runtime
       cni replay FILE...          repeat recorded calls and compare the answers
       cni --help | --version

A CNI plugin (specification 0.1.0 to 1.1.0) for kernels and sandboxes that lack what the standard
plugins need. The configuration's "mode" says what it does:
  routed      a veth pair a pod, routes, SNAT; works inside gVisor (the default)
  bridge      as the standard bridge plugin
  fake        unique addresses and right answers; touches no network
  loopback    sets lo up (also when called as loopback)
  host-local  addresses alone, for another plugin (also when called as host-local)

install:
  --bin-dir DIR      where the runtime looks for plugins (/opt/cni/bin)
  --conf-dir DIR     where it looks for configurations (/etc/cni/net.d); "" writes none
  --mode MODE        routed, bridge, fake, loopback
  --type TYPE        another plugin than this program, by its type
  --chain TYPE       a plugin that comes after it: portmap; may be repeated
  --network NAME     name of the network (pods)
  --cni-version V    cniVersion of the configuration (1.0.0)
  --subnet CIDR      a range of addresses; once for IPv4, once for IPv6
  --set KEY=JSON     a further key of the plugin's configuration
  --ready-fd N       write "ready CONFIGURATION" to that descriptor
  --wait             stay until SIGTERM, then exit with 0

Examples:
  cni install --subnet 10.42.0.0/24
  cni install --mode fake --subnet 10.42.0.0/24 --set 'journal="/tmp/cni.ndjson"'
  cni replay /tmp/record/*.json

Exit codes: 0 done, 1 an error object or a replayed answer that differs, 64 wrong usage, 65 wrong
value, 69 cannot be done here.
)";

int complain(int code, const std::string& message) {
  std::fprintf(stderr, "cni: %s\ncni --help tells more\n", message.c_str());
  return code;
}

struct InstallCommand {
  InstallOptions options{};
  int ready_fd = -1;
  bool wait = false;
  std::string wrong{};
};

// "KEY=JSON".
std::string take_key(const std::string& text, json::object& keys) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return "--set " + text + ": is not KEY=JSON";
  auto value = parse_json(text.substr(equals + 1));
  if (!value) return "--set " + text + ": " + value.error().message;
  keys[text.substr(0, equals)] = *value;
  return "";
}

void take_value(InstallCommand& command, const std::string& option, const std::string& value) {
  InstallOptions& options = command.options;
  if (option == "--bin-dir") {
    options.bin_dir = value;
  } else if (option == "--conf-dir") {
    options.conf_dir = value;
  } else if (option == "--mode") {
    options.mode = value;
    if (!mode_named(value)) command.wrong = "--mode " + value + ": there is no such mode";
  } else if (option == "--type") {
    options.type = value;
  } else if (option == "--chain") {
    options.chain.push_back(value);
  } else if (option == "--network") {
    options.network = value;
    if (!is_identifier(value)) command.wrong = "--network " + value + ": is not [A-Za-z0-9_.-]+";
  } else if (option == "--cni-version") {
    options.version = value;
    if (!is_supported(value)) command.wrong = "--cni-version " + value + ": is not known";
  } else if (option == "--subnet") {
    options.subnets.push_back(value);
    if (!Prefix::parse(value)) command.wrong = "--subnet " + value + ": is not ADDRESS/LENGTH";
  } else if (option == "--set") {
    command.wrong = take_key(value, options.keys);
  } else if (option == "--ready-fd") {
    command.ready_fd = std::atoi(value.c_str());
  } else {
    command.wrong = "unknown option " + option;
  }
}

InstallCommand read_install(const std::vector<std::string>& words) {
  InstallCommand command;
  for (std::size_t i = 1; i < words.size() && command.wrong.empty(); ++i) {
    if (words[i] == "--wait") {
      command.wait = true;
    } else if (i + 1 == words.size()) {
      command.wrong = words[i] + " needs a value, or is unknown";
    } else {
      take_value(command, words[i], words[i + 1]);
      ++i;
    }
  }
  return command;
}

void wait_for_end() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
}

int run_install(const std::vector<std::string>& words) {
  const InstallCommand command = read_install(words);
  if (!command.wrong.empty()) return complain(kUsage, command.wrong);
  const auto file = install(command.options);
  if (!file) return complain(kUnavailable, file.error().msg);
  const auto told = announce_ready({.fd = command.ready_fd}, file->string());
  if (!told) return complain(kBadValue, told.error().message);
  if (command.wait) wait_for_end();
  return 0;
}

int run_replay(const std::vector<std::string>& words) {
  if (words.size() < 2) return complain(kUsage, "replay needs a file");
  int worst = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto recorded = read_recorded(words[i]);
    if (!recorded) return complain(kBadValue, recorded.error().msg);
    const Reply reply = answer_call(recorded->environment, recorded->input, recorded->program);
    const bool same =
        reply.out == recorded->reply.out && reply.exit_code == recorded->reply.exit_code;
    std::printf("%s %s\n", same ? "same" : "differs", words[i].c_str());
    if (same) continue;
    worst = kDiffers;
    std::printf("--- recorded, exit %d\n%s--- now, exit %d\n%s", recorded->reply.exit_code,
                recorded->reply.out.c_str(), reply.exit_code, reply.out.c_str());
  }
  return worst;
}

}  // namespace

int run_command_line(const std::vector<std::string>& words) {
  // As the standard plugins do when nothing is asked of them.
  if (words.empty()) {
    std::fprintf(stderr, "CNI plugin cni %s\nCNI protocol versions supported:", TESTBED_VERSION);
    for (const std::string& one : supported_versions()) std::fprintf(stderr, " %s", one.c_str());
    std::fprintf(stderr, "\ncni --help tells more\n");
    return 0;
  }
  if (words[0] == "--help") return std::fputs(kHelp, stdout), 0;
  if (words[0] == "--version") return std::puts("cni " TESTBED_VERSION), 0;
  if (words[0] == "install") return run_install(words);
  if (words[0] == "replay") return run_replay(words);
  return complain(kUsage, "unknown command " + words[0]);
}

}  // namespace testbed::cni
