#include <malloc.h>
#include <signal.h>

#include "orchestrator/cli/commands.h"

int main(int argc, char** argv) {
  ::mallopt(M_ARENA_MAX, 1);   // few threads, little contention: one arena keeps large runs small
  ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of the write
  return testbed::run_command_line(argc, argv);
}
