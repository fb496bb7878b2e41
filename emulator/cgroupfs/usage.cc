#include "emulator/cgroupfs/usage.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "orchestrator/base/files.h"

namespace testbed {
namespace {

std::uint64_t memory_limit(const Group& group) {
  const char* file = group.layout.unified ? "memory.max" : "memory.limit_in_bytes";
  const auto at = group.values.find(file);
  if (at == group.values.end() || at->second == "max") return UINT64_MAX;
  return std::strtoull(at->second.c_str(), nullptr, 10);
}

IoUse disk_use(IoUse io) {
  if (io.read_bytes == 0) io.reads = 0;
  if (io.write_bytes == 0) io.writes = 0;
  return io;
}

// "MAJOR:MINOR"; that of the first SCSI disk where the machine shows none.
std::string first_disk() {
  std::istringstream lines(read_part("/proc/diskstats", 0, 65536));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string major, minor, name;
    words >> major >> minor >> name;
    const bool virtual_one = name.starts_with("loop") || name.starts_with("ram");
    if (!virtual_one && !name.empty()) return major + ":" + minor;
  }
  return "8:0";
}

}  // namespace

const Used& used_in(const Access& access) {
  access.machine.sample(Machine::kCpu);
  return access.group.used;
}

const Used& used_with_io(const Access& access) {
  access.machine.sample(Machine::kIo);
  return access.group.used;
}

MemoryUse memory_held(const Access& access) {
  access.machine.sample(Machine::kMemory);
  Group& group = access.group;
  const MemoryUse use = access.machine.memory_in(group);
  group.memory_peak = std::max(group.memory_peak, use.total());
  const bool over = use.total() > memory_limit(group);
  if (over && !group.over_memory) ++group.memory_hits;
  group.over_memory = over;
  return use;
}

Reply<std::string> read_memory(const Access& access) {
  return std::to_string(memory_held(access).total()) + "\n";
}

Reply<std::string> read_memory_peak(const Access& access) {
  memory_held(access);
  return std::to_string(access.group.memory_peak) + "\n";
}

int reset_memory_peak(const Access& access, std::string_view) {
  access.group.memory_peak = 0;
  return 0;
}

std::uint64_t memory_hits(const Access& access) {
  memory_held(access);
  return access.group.memory_hits;
}

std::string io_stat_text(const Access& access) {
  const IoUse io = disk_use(used_with_io(access).io);
  if (io.read_bytes + io.write_bytes == 0) return "";
  return first_disk() + " rbytes=" + std::to_string(io.read_bytes) +
         " wbytes=" + std::to_string(io.write_bytes) + " rios=" + std::to_string(io.reads) +
         " wios=" + std::to_string(io.writes) + " dbytes=0 dios=0\n";
}

std::string io_text_v1(const Access& access, bool bytes) {
  const IoUse io = disk_use(used_with_io(access).io);
  const std::uint64_t read = bytes ? io.read_bytes : io.reads;
  const std::uint64_t written = bytes ? io.write_bytes : io.writes;
  const std::string total = std::to_string(read + written);
  if (read + written == 0) return "Total 0\n";
  std::string text;
  for (const auto& [name, value] :
       {std::pair{"Read", read}, std::pair{"Write", written}, std::pair{"Sync", read + written},
        std::pair{"Async", std::uint64_t{0}}, std::pair{"Discard", std::uint64_t{0}}}) {
    text += first_disk() + " " + name + " " + std::to_string(value) + "\n";
  }
  return text + first_disk() + " Total " + total + "\nTotal " + total + "\n";
}

std::size_t threads_held(const Access& access) {
  const std::size_t now = access.machine.threads_in(access.group);
  access.group.pids_peak = std::max<std::uint64_t>(access.group.pids_peak, now);
  return now;
}

}  // namespace testbed
