#include "orchestrator/run/cell_network.h"

#include "orchestrator/base/host.h"
#include "orchestrator/base/subprocess.h"

namespace testbed {
namespace {

constexpr milliseconds kCommandWithin(10'000);

// ip-link(8) takes a path for a namespace that `ip netns` has not named.
constexpr const char* kOutside = R"(link set lo up
link add eth0 type veth peer name eth1
link set eth1 netns SANDBOX
address add 192.0.2.1/24 dev eth0
link set eth0 up
route add default via 192.0.2.2 dev eth0
)";
constexpr const char* kInside = R"(link set lo up
link set eth1 name eth0
address add 192.0.2.2/24 dev eth0
link set eth0 up
route add default via 192.0.2.1 dev eth0
)";

// unshare(1) binds the namespace it made to a file, which keeps it.
Result<ScopedMount> new_namespace(const fs::path& file) {
  TRY(write_file(file, ""));
  TRY(must_succeed({.argv = {"unshare", "--net=" + file.string(), "true"}},
                   Deadline::after(kCommandWithin)));
  return ScopedMount::adopt(file);
}

Result<> configure(const fs::path& name_space, const fs::path& batch, std::string commands,
                   const fs::path& sandbox) {
  constexpr std::string_view kPlace = "SANDBOX";
  if (const std::size_t at = commands.find(kPlace); at != std::string::npos)
    commands.replace(at, kPlace.size(), sandbox.string());
  TRY(write_file(batch, commands));
  TRY(must_succeed(
      {.argv = {"nsenter", "--net=" + name_space.string(), "ip", "-batch", batch.string()}},
      Deadline::after(kCommandWithin)));
  return {};
}

}  // namespace

Result<CellNetwork> CellNetwork::make(const fs::path& folder) {
  if (const std::string lacks = host::lacks_program("ip", "iproute2"); !lacks.empty())
    return Error{"the cell's network needs " + lacks};
  TRY(make_directories(folder));
  ScopedMount sandbox = TRY(new_namespace(folder / "sandbox"));
  ScopedMount outside = TRY(new_namespace(folder / "outside"));
  TRY(configure(outside.target(), folder / "outside.batch", kOutside, sandbox.target()));
  TRY(configure(sandbox.target(), folder / "sandbox.batch", kInside, sandbox.target()));
  return CellNetwork(std::move(sandbox), std::move(outside));
}

Result<> CellNetwork::undo() {
  TRY(sandbox_.unmount());
  return outside_.unmount();
}

}  // namespace testbed
