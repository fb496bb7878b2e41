// The command line: words that end with a newline.

#include <sstream>

#include "emulator/cgroupfs/options.h"
#include "orchestrator/base/check.h"

namespace testbed {
namespace {

void run(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string word; std::getline(lines, word);) words.push_back(word);
  const ParsedOptions parsed = parse_options(words);
  for (const Failure& failure : parsed.errors) {
    CHECK(failure.exit_code == kExitUsage || failure.exit_code == kExitBadValue, "its exit code");
    CHECK(!failure.message.empty(), "an error without a word");
  }
  const Options& options = parsed.options;
  if (!parsed.errors.empty() || options.help || options.version) return;
  CHECK(!options.mountpoint.empty() && !options.plan.roots.empty(), "nothing to serve");
  CHECK(options.threads >= 1 && options.threads <= 64, "threads");
  for (const Fault& fault : options.faults) CHECK(fault.error > 0, "a fault without an errno");
}

}  // namespace
}  // namespace testbed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  testbed::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
