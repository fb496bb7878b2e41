#include <algorithm>
#include <cctype>
#include <cerrno>
#include <sstream>

#include "emulator/cgroupfs/values.h"

namespace testbed::cgroupfs {
namespace {

constexpr char kList[] = "devices.list", kEverything[] = "a *:* rwm";

// "c 1:3 rwm". Everything is type 'a'.
struct Rule {
  char type = 'a';
  std::string device = "*:*", access = "rwm";
};

std::string number_or_star(std::string_view& text) {
  std::size_t length = 0;
  if (!text.empty() && text[0] == '*') length = 1;
  while (text.compare(0, 1, "*") != 0 && length < text.size() && std::isdigit(text[length]))
    ++length;
  const std::string taken(text.substr(0, length));
  text.remove_prefix(length);
  return taken;
}

bool take(std::string_view& text, char c) {
  const bool there = !text.empty() && text[0] == c;
  if (there) text.remove_prefix(1);
  return there;
}

// devcgroup_update_access(): what follows an 'a' is not looked at.
Answer<Rule> parse_rule(std::string_view text) {
  text = stripped(text);
  const auto bad = Answer<Rule>::fails(EINVAL);
  if (take(text, 'a')) return Rule{};
  Rule rule{.type = text.empty() ? '\0' : text[0], .device = {}, .access = {}};
  if ((!take(text, 'b') && !take(text, 'c')) || !take(text, ' ')) return bad;
  const std::string major = number_or_star(text);
  if (major.empty() || !take(text, ':')) return bad;
  const std::string minor = number_or_star(text);
  if (minor.empty() || !take(text, ' ')) return bad;
  if (text.empty() || text.size() > 3 || text.find_first_not_of("rwm") != std::string_view::npos)
    return bad;
  rule.device = major + ":" + minor;
  for (char letter : std::string_view("rwm"))
    if (text.find(letter) != std::string_view::npos) rule.access += letter;
  return rule;
}

std::string list_of(const Group& group) {
  const auto found = group.values.find(kList);
  return found == group.values.end() ? kEverything : found->second;
}
bool allows_everything(const Group& group) { return list_of(group) == kEverything; }

std::vector<Rule> rules_of(const Group& group) {
  std::vector<Rule> rules;
  std::istringstream lines(list_of(group));
  for (std::string line; std::getline(lines, line);) rules.push_back(parse_rule(line).value);
  return rules;
}

int keep_rules(Group& group, const std::vector<Rule>& rules) {
  std::string lines;
  for (const Rule& rule : rules)
    if (!rule.access.empty())
      lines += (lines.empty() ? "" : "\n") + std::string(1, rule.type) + " " + rule.device + " " +
               rule.access;
  group.values[kList] = lines;
  return 0;
}

bool covers(const std::string& outer, const std::string& inner) {
  const auto part = [](const std::string& device, bool major) {
    const std::size_t colon = device.find(':');
    return major ? device.substr(0, colon) : device.substr(colon + 1);
  };
  const auto one = [&](bool major) {
    return part(outer, major) == "*" || part(outer, major) == part(inner, major);
  };
  return one(true) && one(false);
}

// parent_has_perm(): a group cannot be given what the group above it lacks.
bool parent_allows(const Group& group, const Rule& wish) {
  if (!group.parent || allows_everything(*group.parent)) return true;
  const std::vector<Rule> rules = rules_of(*group.parent);
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.type == wish.type && covers(rule.device, wish.device) &&
           wish.access.find_first_not_of(rule.access) == std::string::npos;
  });
}

Rule& rule_for(std::vector<Rule>& rules, const Rule& wish) {
  const auto same = [&](const Rule& r) { return r.type == wish.type && r.device == wish.device; };
  const auto found = std::find_if(rules.begin(), rules.end(), same);
  if (found != rules.end()) return *found;
  return rules.emplace_back(Rule{wish.type, wish.device, ""});
}

int write_allow(const ControlFile&, Group& group, std::string_view text, const Surroundings&) {
  const auto wish = parse_rule(text);
  if (!wish) return wish.error;
  if (!parent_allows(group, wish.value)) return EPERM;
  if (wish.value.type == 'a') return group.values[kList] = kEverything, 0;
  if (allows_everything(group)) return 0;
  std::vector<Rule> rules = rules_of(group);
  Rule& rule = rule_for(rules, wish.value);
  std::string access;
  for (char letter : std::string_view("rwm"))
    if ((rule.access + wish.value.access).find(letter) != std::string::npos) access += letter;
  rule.access = access;
  return keep_rules(group, rules);
}

// An exception to "everything" is not shown: devices.list still reads "a *:* rwm".
int write_deny(const ControlFile&, Group& group, std::string_view text, const Surroundings&) {
  const auto wish = parse_rule(text);
  if (!wish) return wish.error;
  if (wish.value.type == 'a') return group.values[kList] = "", 0;
  if (allows_everything(group)) return 0;
  std::vector<Rule> rules = rules_of(group);
  Rule& rule = rule_for(rules, wish.value);
  std::erase_if(rule.access,
                [&](char c) { return wish.value.access.find(c) != std::string::npos; });
  return keep_rules(group, rules);
}

constexpr ControlFile kFiles[] = {
    {"devices.allow", 0200, Where::All, "", write_allow},
    {"devices.deny", 0200, Where::All, "", write_deny},
    {kList, 0444, Where::All, kEverything, nullptr, read_lines},
};

}  // namespace

Family devices_files() { return kFiles; }

}  // namespace testbed::cgroupfs
