#include <unistd.h>

#include <cstdio>

#include "emulator/cgroupfs/server.h"

int main(int argc, char** argv) {
  using namespace testbed::cgroupfs;
  const CommandLine line = parse_command_line({argv + 1, argv + argc});
  if (!line.options) {
    std::fprintf(line.code == kDone ? stdout : stderr, "%s\n", line.text.c_str());
    return line.code;
  }
  const Ending ending = serve(*line.options);
  if (!ending.message.empty()) std::fprintf(stderr, "cgroupfs: %s\n", ending.message.c_str());
  ::_exit(ending.code);  // threads still wait for requests
}
