#include <signal.h>

#include "orchestrator/cli/commands.h"

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of the write
  return testbed::run_command_line(argc, argv);
}
