// What a runtime sends: lines NAME=VALUE of its environment, an empty line, the configuration.
// Whatever comes, the answer is a request or a failure that can be printed as JSON.
#include <cstddef>
#include <cstdint>
#include <sstream>

#include "emulator/cni/iptables_command.h"
#include "emulator/cni/request.h"
#include "orchestrator/base/check.h"

namespace testbed::cni {
namespace {

Environment environment_in(std::istringstream& lines) {
  Environment environment{{"CNI_COMMAND", "ADD"},
                          {"CNI_CONTAINERID", "pod"},
                          {"CNI_NETNS", "/run/netns/pod"},
                          {"CNI_IFNAME", "eth0"},
                          {"CNI_PATH", "/opt/cni/bin"}};
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return environment;
}

void look_at(const Request& request) {
  // What was let through may become the name of a file.
  CHECK(request.config.name.find('/') == std::string::npos, "a network name leaves its directory");
  CHECK(request.attachment.container_id.find('/') == std::string::npos,
        "an id leaves its directory");
  CHECK(request.attachment.ifname.size() < 16, "an interface name is too long for the kernel");
  for (const RangeSet& set : request.config.ipam.sets) {
    for (const PoolRange& range : set) {
      CHECK(range.first <= range.last && range.subnet.contains(range.last),
            "a range is upside down");
    }
  }
  if (!request.previous) return;
  for (const std::string& version : supported_versions()) {
    const json::object text = to_json(*request.previous, version);
    CHECK(read_success(text, version), "a result that was written cannot be read");
  }
}

}  // namespace
}  // namespace testbed::cni

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace testbed::cni;
  const std::string all(reinterpret_cast<const char*>(data), size);
  std::istringstream lines(all);
  const Environment environment = environment_in(lines);
  const std::string input((std::istreambuf_iterator<char>(lines)), {});
  const auto request = read_request(environment, input, "cni");
  if (request) {
    look_at(*request);
  } else {
    const std::string text = testbed::to_line(to_json(request.error(), version_to_answer(input)));
    CHECK(testbed::parse_json(text), "a failure is not JSON");
  }
  std::istringstream words(all);
  std::vector<std::string> list;
  for (std::string word; words >> word;) list.push_back(word);
  (void)read_iptables_arguments(list, NatChain::Output, size % 2 == 0);
  return 0;
}
