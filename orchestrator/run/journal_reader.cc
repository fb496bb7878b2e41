#include "orchestrator/run/journal_reader.h"

#include <algorithm>

#include "orchestrator/base/json.h"

namespace testbed {
namespace {

constexpr std::size_t kReadLimit = std::size_t{4} << 20;
constexpr std::size_t kAnsweredWell = 5;  // as context
constexpr std::size_t kFailed = 40;

JournalEntry parse(const std::string& component, std::string line) {
  JournalEntry entry{
      .component = component, .sequence = 0, .op = {}, .errno_name = {}, .line = std::move(line)};
  const auto value = parse_json(entry.line);
  if (!value || !value->is_object()) return entry;
  const json::object& object = value->get_object();
  entry.sequence = number_or(object, "seq");
  entry.op = text_or(object, "op");
  entry.errno_name = text_or(object, "errno");
  return entry;
}

// Drops all but the last few of those that were answered well, and the middle of too many failures.
std::vector<JournalEntry> condensed(std::vector<JournalEntry> entries) {
  std::size_t well = 0, failed = 0;
  std::vector<JournalEntry> kept;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const bool keep = entry->errno_name.empty() ? well++ < kAnsweredWell : failed++ < kFailed;
    if (keep) kept.push_back(std::move(*entry));
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

}  // namespace

std::uintmax_t JournalReader::size() const {
  std::uintmax_t total = 0;
  for (const std::string& name : list_directory(directory_)) {
    std::error_code error;
    const auto size = fs::file_size(directory_ / name, error);
    if (!error) total += size;
  }
  return total;
}

std::vector<JournalEntry> JournalReader::take() {
  std::vector<JournalEntry> entries;
  for (const std::string& name : list_directory(directory_)) {
    std::size_t& offset = offsets_[name];
    const std::string text = read_part(directory_ / name, offset, kReadLimit);
    const std::string component = fs::path(name).stem().string();
    std::size_t start = 0;
    for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
      entries.push_back(parse(component, text.substr(start, end - start)));
    }
    offset += start;
  }
  return condensed(std::move(entries));
}

}  // namespace testbed
