#include "emulator/supervisor/mount_table.h"

#include <algorithm>
#include <charconv>

#include "emulator/supervisor/path_map.h"

namespace testbed::supervisor {
namespace {

using Fields = std::vector<std::string>;

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

std::string joined(const Fields& fields) {
  std::string line;
  for (const std::string& field : fields) line += (line.empty() ? "" : " ") + field;
  return line + "\n";
}

// Fields of mountinfo: id parent device root point options [tags] - type source super-options.
constexpr std::size_t kId = 0, kRoot = 3, kPointInfo = 4, kPointMounts = 1;

std::size_t point_field(MountTable form) {
  return form == MountTable::Mountinfo ? kPointInfo : kPointMounts;
}

std::string source_of(const MountLine& rule) {
  return mount_escaped(rule.source.empty() ? rule.type : rule.source);
}

void change_info(Fields& line, const MountLine& rule) {
  const auto dash = std::find(line.begin(), line.end(), "-");
  if (line.end() - dash < 4) return;
  dash[1] = rule.type;
  dash[2] = source_of(rule);
  if (!rule.options.empty()) dash[3] = rule.options;
  if (!rule.root.empty()) line[kRoot] = mount_escaped(rule.root);
}

void change_mount(Fields& line, const MountLine& rule) {
  if (line.size() < 4) return;
  line[0] = source_of(rule);
  line[2] = rule.type;
  if (!rule.options.empty()) line[3] = rule.options;
}

long number_of(const std::string& text) {
  long number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// A mount hangs on the one that lies deepest above it.
std::string parent_of(const std::vector<Fields>& lines, const std::string& path) {
  const Fields* best = nullptr;
  std::size_t length = 0;
  for (const Fields& line : lines) {
    if (line.size() <= kPointInfo) continue;
    const std::string point = mount_unescaped(line[kPointInfo]);
    if (!is_within(path, point) || (best != nullptr && point.size() < length)) continue;
    best = &line;
    length = point.size();
  }
  return best == nullptr ? "1" : (*best)[kId];
}

Fields new_info(const std::vector<Fields>& lines, const MountLine& rule, std::string device) {
  long most = 0;
  for (const Fields& line : lines) most = std::max(most, number_of(line.empty() ? "" : line[kId]));
  return {std::to_string(most + 1),
          parent_of(lines, rule.path),
          std::move(device),
          rule.root.empty() ? "/" : mount_escaped(rule.root),
          mount_escaped(rule.path),
          "rw,relatime",
          "-",
          rule.type,
          source_of(rule),
          rule.options.empty() ? "rw" : rule.options};
}

}  // namespace

std::string mount_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\\') {
      const auto byte = static_cast<unsigned>(c);
      out += '\\';
      for (const unsigned shift : {6U, 3U, 0U}) {
        out += static_cast<char>('0' + ((byte >> shift) & 7U));
      }
    } else {
      out += c;
    }
  }
  return out;
}

std::string mount_unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '\\' && at + 3 < text.size() &&
        std::from_chars(digits, digits + 3, value, 8).ptr == digits + 3) {
      out += static_cast<char>(value);
      at += 3;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string change_mounts(MountTable form, std::string_view table,
                          const std::vector<MountLine>& rules,
                          const std::function<std::string(const std::string&)>& device) {
  std::vector<Fields> lines;
  for (const std::string& line : split(table, '\n')) lines.push_back(split(line, ' '));
  const std::size_t point = point_field(form);
  for (const MountLine& rule : rules) {
    const auto uppermost = std::find_if(lines.rbegin(), lines.rend(), [&](const Fields& line) {
      return line.size() > point && mount_unescaped(line[point]) == rule.path;
    });
    if (form == MountTable::Mountinfo) {
      uppermost == lines.rend() ? lines.push_back(new_info(lines, rule, device(rule.path)))
                                : change_info(*uppermost, rule);
    } else if (uppermost == lines.rend()) {
      lines.push_back({source_of(rule), mount_escaped(rule.path), rule.type,
                       rule.options.empty() ? "rw,relatime" : rule.options, "0", "0"});
    } else {
      change_mount(*uppermost, rule);
    }
  }
  std::string text;
  for (const Fields& line : lines) text += joined(line);
  return text;
}

}  // namespace testbed::supervisor
