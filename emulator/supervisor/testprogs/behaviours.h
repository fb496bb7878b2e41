#pragma once

#include <fcntl.h>

#include <string>
#include <vector>

// What programs do that a tracer may get wrong: one behaviour a function. Run under a supervisor
// that redirects, and without one, they must print the same: "ok", or what went wrong, one a line.
namespace testbed::behaviours {

using Arguments = std::vector<std::string>;

// The first line of a file, or "ERRNO" in words.
std::string first_line(const char* path, int flags = O_RDONLY);
void complain(const std::string& what);  // makes the program fail
bool expect(bool condition, const std::string& what);

void threads(const Arguments& args);         // COUNT PATH LINE: each opens it 50 times
void clone_kinds(const Arguments& args);     // PATH LINE: fork, vfork, clone with shared memory
void exec_by_thread(const Arguments& args);  // PROGRAM ARG...: not from the leader
void leader_leaves(const Arguments& args);   // PATH LINE: its threads go on
void stop_and_go(const Arguments& args);     // PATH LINE: SIGSTOP, SIGCONT and what waits tell
void kill_storm(const Arguments& args);      // COUNT PATH

void registers(const Arguments& args);         // PATH: none changes but rax, rcx and r11
void signals(const Arguments& args);           // PATH LINE: handlers that open, 100 a second
void interrupted_open(const Arguments& args);  // FIFO: EINTR, and restarted with SA_RESTART

void bad_pointers(const Arguments& args);  // DIRECTORY
void long_paths(const Arguments& args);    // DIRECTORY
void other_abis(const Arguments& args);    // PATH
void nested_tracing(const Arguments& args);
void shared_path(const Arguments& args);  // PATH OTHER: changed by a thread while another opens
void descriptors(const Arguments& args);  // PATH MAGIC: fstatfs of dup, fork, SCM_RIGHTS

}  // namespace testbed::behaviours
