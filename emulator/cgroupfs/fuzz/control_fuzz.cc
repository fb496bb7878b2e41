// Lines that come to the control socket.

#include "emulator/cgroupfs/control_commands.h"
#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/served.h"
#include "orchestrator/base/check.h"
#include "orchestrator/base/json.h"

namespace testbed {
namespace {

void run(std::string_view line) {
  FakeProcesses processes;
  Served tree(processes, layout_v2());
  Journal journal;
  journal.keep(4);
  journal.write(JsonLine().text("op", "READ"));
  InjectedFaults faults;
  const Statistics statistics;
  const std::string answer = answer_control({tree, journal, faults, statistics}, line);
  CHECK(answer.find('\n') == std::string::npos, "an answer of several lines");
  const auto parsed = parse_json(answer);
  CHECK(parsed && parsed->is_object() && parsed->as_object().contains("ok"), "not an answer");
  faults.take(15, "/pod/cpu.max");
}

}  // namespace
}  // namespace testbed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  testbed::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
