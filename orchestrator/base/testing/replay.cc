// The main of a fuzzer where libFuzzer is absent: gives it every file of the named folders, once.
#include <cstdint>
#include <cstdio>

#include "orchestrator/base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const std::string& name : testbed::list_directory(argv[i])) {
      // Named first: an input that ends this program is the last one printed.
      std::printf("%s/%s\n", argv[i], name.c_str());
      std::fflush(stdout);
      const std::string input = testbed::read_part(testbed::fs::path(argv[i]) / name, 0, 1 << 20);
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
      ++inputs;
    }
  }
  std::printf("%zu inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
