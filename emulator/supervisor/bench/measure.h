#pragma once

#include <optional>
#include <string>
#include <vector>

// What is measured is a loop in a process of its own, run under one interposer after the other.
namespace bench {

// The loops. Each prints one number: nanoseconds a call, or kibibytes.
//   getppid N             calls that no interposer is asked about
//   open FILE N           pairs of open and close
//   statfs PATH N
//   threads T FILE N      pairs of open and close by T threads at once: nanoseconds a pair
//   execs N               a shell that starts /bin/true N times: nanoseconds each
//   memory T              resident memory of the parent with T threads in this process
// Returns the exit code; false where the words are none of these.
bool run_loop(const std::vector<std::string>& words, int& code);

// The least that a tracer with a filter on openat can do: wait and let go. Runs `argv` under it.
int run_floor(char** argv);

// What a loop printed under `prefix`; nothing where it ended otherwise.
std::optional<double> measure(const std::vector<std::string>& prefix,
                              const std::vector<std::string>& loop);

bool has_program(const std::string& name);

}  // namespace bench
