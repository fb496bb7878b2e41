#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace testbed {

// What /proc/PID/stat and /proc/PID/task/TID/stat say, as far as it is needed here (proc(5)).
struct ProcStat {
  std::string name;
  char state = '?';
  int group = 0, session = 0;
  unsigned long own_ticks = 0;
  unsigned long ticks = 0;  // with those of reaped children
  long threads = 0;
};

// A process gives itself any name, line breaks included.
std::string printable_name(std::string name);

// False where there is no such file or it cannot be read.
bool read_proc_stat(const std::string& path, ProcStat& stat);

// The beginning of a file below /proc; empty where it cannot be read.
std::string read_proc_file(const std::string& path);

// The entries of a directory below /proc that are numbers.
std::vector<pid_t> numbers_in(const std::string& directory);

std::int64_t milliseconds_of_ticks(unsigned long ticks);

}  // namespace testbed
