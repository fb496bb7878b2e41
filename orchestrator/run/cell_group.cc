#include "orchestrator/run/cell_group.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace testbed {
namespace {

constexpr std::size_t kFile = 65536;

// Of "NAME NUMBER" lines; 0 where there is no such line.
std::uint64_t number_in(const std::string& lines, std::string_view name) {
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line(lines.data() + at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') continue;
    std::uint64_t number = 0;
    std::from_chars(line.data() + name.size() + 1, line.data() + line.size(), number);
    return number;
  }
  return 0;
}

std::string text_of(const fs::path& file) { return read_part(file, 0, kFile); }

// A group of v2 has the files of a controller once its parent hands that on.
Result<> hand_memory_on(const fs::path& hierarchy, const fs::path& parent) {
  TRY(write_file(hierarchy / "cgroup.subtree_control", "+memory"));
  return write_file(parent / "cgroup.subtree_control", "+memory");
}

}  // namespace

CellGroup::CellGroup(const std::string& path, const fs::path& hierarchies)
    : is_v2_(fs::exists(hierarchies / "cgroup.controllers")),
      memory_((is_v2_ ? hierarchies : hierarchies / "memory").string() + path),
      processor_((is_v2_ ? hierarchies : hierarchies / "cpuacct").string() + path) {}

CellGroup CellGroup::of_runtime(const std::string& path, const fs::path& hierarchies) {
  return CellGroup(path, hierarchies);
}

Result<CellGroup> CellGroup::make(const std::string& path, std::uint64_t memory_limit,
                                  const fs::path& hierarchies) {
  CellGroup group(path, hierarchies);
  group.is_ours_ = true;
  for (const fs::path& directory : {group.memory_, group.processor_}) {
    const fs::path parent = directory.parent_path();
    if (!fs::exists(parent.parent_path() / "cgroup.procs"))
      return errno_error("find a cgroup hierarchy", parent.parent_path(), ENOENT);
    TRY(make_directories(parent));
    if (group.is_v2_) TRY(hand_memory_on(parent.parent_path(), parent));
    TRY(make_directories(directory));
  }
  if (memory_limit > 0) {
    const char* file = group.is_v2_ ? "memory.max" : "memory.limit_in_bytes";
    TRY(write_file(group.memory_ / file, std::to_string(memory_limit)));
  }
  return group;
}

std::vector<fs::path> CellGroup::entrances() const {
  if (!is_ours_) return {};
  if (is_v2_) return {memory_ / "cgroup.procs"};
  return {memory_ / "cgroup.procs", processor_ / "cgroup.procs"};
}

std::optional<GroupUse> CellGroup::use() const {
  const std::string memory = text_of(memory_ / "memory.stat");
  if (memory.empty()) return std::nullopt;
  if (is_v2_) {
    return GroupUse{
        .processor = microseconds(number_in(text_of(processor_ / "cpu.stat"), "usage_usec")),
        .memory = number_in(memory, "anon") + number_in(memory, "shmem"),
        .killed = number_in(text_of(memory_ / "memory.events"), "oom_kill")};
  }
  const std::string nanoseconds = "usage " + text_of(processor_ / "cpuacct.usage");
  return GroupUse{.processor = microseconds(number_in(nanoseconds, "usage") / 1000),
                  .memory = number_in(memory, "total_rss") + number_in(memory, "total_shmem"),
                  .killed = number_in(text_of(memory_ / "memory.oom_control"), "oom_kill")};
}

Result<> CellGroup::undo() const {
  if (!is_ours_) return {};
  for (const fs::path& directory : {memory_, processor_}) {
    if (::rmdir(directory.c_str()) != 0 && errno != ENOENT)
      return errno_error("rmdir", directory, errno);
  }
  return {};
}

}  // namespace testbed
