#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

#include "emulator/cgroupfs/control_files.h"
#include "emulator/cgroupfs/numbers.h"

namespace testbed {
namespace {

constexpr std::string_view kEverything = "a *:* rwm\n";

struct Rule {
  std::string device;  // "c 1:3"
  std::string access;  // of "rwm"
};
using Rules = std::vector<Rule>;

// devices.list is either "everything but what was denied", which shows as "a *:* rwm" whatever was
// denied since, or "nothing but what was allowed". The first keeps its exceptions under the name of
// devices.deny, which cannot be read.
bool allows_everything(const Group& group) {
  return value_of(group, "devices.list") == kEverything;
}

Rules rules_in(const std::string& text) {
  Rules rules;
  std::istringstream lines(text);
  for (std::string kind, numbers, access; lines >> kind >> numbers >> access;) {
    rules.push_back({kind + " " + numbers, access});
  }
  return rules;
}

std::string text_of(const Rules& rules) {
  std::string text;
  for (const Rule& rule : rules) text += rule.device + " " + rule.access + "\n";
  return text;
}

// In the order in which the kernel prints them.
std::string letters(const std::string& first, const std::string& second, bool both) {
  std::string kept;
  for (const char letter : {'r', 'w', 'm'}) {
    const bool in_first = first.find(letter) != std::string::npos;
    const bool in_second = second.find(letter) != std::string::npos;
    if (both ? in_first || in_second : in_first && !in_second) kept += letter;
  }
  return kept;
}

void add(Rules& rules, const Rule& rule) {
  for (Rule& known : rules) {
    if (known.device == rule.device) {
      known.access = letters(known.access, rule.access, true);
      return;
    }
  }
  rules.push_back({rule.device, letters(rule.access, "", true)});
}

void remove(Rules& rules, const Rule& rule) {
  for (Rule& known : rules) {
    if (known.device == rule.device) known.access = letters(known.access, rule.access, false);
  }
  std::erase_if(rules, [](const Rule& known) { return known.access.empty(); });
}

// Any, or 32 bits.
bool is_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return text == "*" || (error == std::errc() && end == text.data() + text.size());
}

// "c 1:3 rwm"; none for what devcgroup_update_access() rejects. One blank between the words; of the
// letters three are read, and whatever follows them is ignored.
std::optional<Rule> parse_rule(std::string_view text) {
  const std::string_view kind = text.substr(0, 1);
  if ((kind != "b" && kind != "c") || text.substr(1, 1) != " ") return std::nullopt;
  const auto end = text.find(' ', 2);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = text.substr(2, end - 2);
  std::string_view access = text.substr(end + 1, 3);
  access = access.substr(0, access.find('\n'));
  const auto colon = numbers.find(':');
  const bool good = colon != std::string_view::npos && is_number(numbers.substr(0, colon)) &&
                    is_number(numbers.substr(colon + 1)) && !access.empty() &&
                    access.find_first_not_of("rwm") == std::string_view::npos;
  if (!good) return std::nullopt;
  return Rule{std::string(kind) + " " + std::string(numbers), std::string(access)};
}

// Whether the parent lets its children have that (parent_has_perm()).
bool parent_allows(const Group& group, const Rule& rule) {
  if (group.parent == nullptr) return true;
  const std::string any = rule.device.substr(0, 2) + "*:*";
  if (allows_everything(*group.parent)) {  // all but what is denied there
    for (const Rule& denied : rules_in(value_of(*group.parent, "devices.deny"))) {
      const bool matches = denied.device == rule.device || denied.device == any;
      if (matches && letters(rule.access, denied.access, false) != letters(rule.access, "", true)) {
        return false;
      }
    }
    return true;
  }
  for (const Rule& known : rules_in(value_of(*group.parent, "devices.list"))) {
    const bool matches = known.device == rule.device || known.device == any;
    if (matches && letters(rule.access, known.access, false).empty()) return true;
  }
  return false;
}

int set_all(const Access& access, bool allowed) {
  const Group& group = access.group;
  if (allowed && group.parent != nullptr && !allows_everything(*group.parent)) return EPERM;
  if (!group.children.empty()) return EINVAL;  // devcgroup_update_access(): children would differ
  access.group.values["devices.list"] = allowed ? kEverything : "";
  access.group.values["devices.deny"] = "";
  return 0;
}

int change(const Access& access, std::string_view text, bool allowed) {
  if (text.starts_with('a')) return set_all(access, allowed);
  const auto rule = parse_rule(text);
  if (!rule) return EINVAL;
  if (allowed && !parent_allows(access.group, *rule)) return EPERM;
  const bool everything = allows_everything(access.group);
  std::string& stored = access.group.values[everything ? "devices.deny" : "devices.list"];
  Rules rules = rules_in(stored);
  everything != allowed ? add(rules, *rule) : remove(rules, *rule);
  stored = text_of(rules);
  return 0;
}

int write_allow(const Access& access, std::string_view text) { return change(access, text, true); }
int write_deny(const Access& access, std::string_view text) { return change(access, text, false); }

constexpr std::array<ControlFile, 3> kFiles{{
    {"devices.allow", 0200, "", nullptr, write_allow},
    {"devices.deny", 0200, "", nullptr, write_deny},
    {"devices.list", 0444, kEverything, read_text, nullptr},
}};

}  // namespace

std::span<const ControlFile> devices_files() { return kFiles; }

// A new group starts with what its parent has; later changes of the parent do not reach it.
void prepare_devices(Group& group) {
  if (group.parent == nullptr) return;
  for (const char* file : {"devices.list", "devices.deny"}) {
    group.values[file] = value_of(*group.parent, file);
  }
}

}  // namespace testbed
