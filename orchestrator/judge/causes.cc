#include "orchestrator/judge/causes.h"

#include <algorithm>

#include "orchestrator/judge/checks.h"
#include "orchestrator/judge/pattern.h"
#include "orchestrator/judge/standstill.h"

namespace testbed {
namespace {

constexpr std::size_t kQuotes = 4;  // lines of evidence

// What a rule looks at, whether a check or a stage failed.
struct Facts {
  std::string stage, errno_name, call, command, check, text;
  std::span<const JournalEntry> journal;
  std::string version;  // of runsc; empty elsewhere
  const Approach& approach;
  Observed observed;
  std::span<const Standstill> standstills;
};

bool any(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool has_component(const std::vector<std::string>& wanted, const Approach& approach) {
  return wanted.empty() ||
         std::any_of(approach.components.begin(), approach.components.end(),
                     [&](const ComponentSpec& component) { return any(wanted, component.name); });
}

bool was_observed(const std::vector<Observed>& wanted, Observed observed) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), observed) != wanted.end();
}

bool stands_still(const std::vector<std::string>& wanted, std::span<const Standstill> found) {
  return wanted.empty() || std::any_of(found.begin(), found.end(), [&](const Standstill& one) {
           return any(wanted, one.kind);
         });
}

bool fits(const JournalPattern& pattern, const JournalEntry& entry) {
  return entry.op == pattern.op &&
         (pattern.errno_name.empty() || entry.errno_name == pattern.errno_name);
}

bool occurs(const JournalPattern& pattern, std::span<const JournalEntry> journal) {
  return std::any_of(journal.begin(), journal.end(),
                     [&](const JournalEntry& entry) { return fits(pattern, entry); });
}

bool text_matches(const std::vector<std::string>& patterns, const std::string& text) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return search(pattern, text) == Found::Yes;
         });
}

bool holds(const CauseRule::When& when, const Facts& facts) {
  const auto occurring = [&](const JournalPattern& pattern) {
    return occurs(pattern, facts.journal);
  };
  if (when.stages.empty() != facts.stage.empty()) return false;
  return any(when.stages, facts.stage) && any(when.errnos, facts.errno_name) &&
         any(when.calls, facts.call) && any(when.commands, facts.command) &&
         any(when.checks, facts.check) && text_matches(when.text_matches, facts.text) &&
         std::all_of(when.journal.begin(), when.journal.end(), occurring) &&
         std::none_of(when.not_in_journal.begin(), when.not_in_journal.end(), occurring) &&
         has_component(when.components, facts.approach) &&
         was_observed(when.observed, facts.observed) &&
         stands_still(when.standstills, facts.standstills) &&
         (!when.versions || (!facts.version.empty() && when.versions->contains(facts.version)));
}

const CauseRule* find_rule(std::span<const CauseRule> rules, const Facts& facts) {
  const CauseRule* best = nullptr;
  for (const CauseRule& rule : rules) {
    if (!holds(rule.when, facts)) continue;
    const bool better = best == nullptr || rule.priority > best->priority ||
                        (rule.priority == best->priority && rule.signature < best->signature);
    if (better) best = &rule;
  }
  return best;
}

// Journal lines as quotes: without sequence numbers and times, so that they are the same in every
// run.
std::vector<std::string> quotes(const CauseRule& rule, const Facts& facts) {
  std::vector<std::string> lines;
  for (const JournalPattern& pattern : rule.when.journal) {
    for (const JournalEntry& entry : facts.journal) {
      if (!fits(pattern, entry) || lines.size() == kQuotes) continue;
      std::string line = entry.component + " journal: " + entry.op + " -> " +
                         (entry.errno_name.empty() ? "ok" : entry.errno_name);
      if (std::find(lines.begin(), lines.end(), line) == lines.end())
        lines.push_back(std::move(line));
    }
  }
  for (const Standstill& standstill : facts.standstills) {
    const bool asked =
        !rule.when.standstills.empty() && any(rule.when.standstills, standstill.kind);
    if (asked && lines.size() < kQuotes) lines.push_back(standstill.line);
  }
  return lines;
}

Cause from_rule(const CauseRule& rule, const Facts& facts) {
  return {.signature = rule.signature,
          .layer = rule.layer,
          .operation = rule.operation,
          .errno_name = facts.errno_name,
          .object = {},
          .summary = rule.summary,
          .remedy = rule.remedy,
          .evidence = quotes(rule, facts)};
}

Cause unknown(const Facts& facts, const std::string& end) {
  const std::string what = !facts.stage.empty()  ? facts.stage
                           : !facts.call.empty() ? facts.call
                                                 : facts.command;
  const std::string how = facts.errno_name.empty() ? end : facts.errno_name;
  return {.signature = "unknown:" + what + (how.empty() ? "" : ":" + how),
          .layer = "unknown",
          .operation = what,
          .errno_name = facts.errno_name,
          .object = {},
          .summary = "no rule in scenarios/causes explains this",
          .remedy = "look at its logs, then add a rule",
          .evidence = {}};
}

// The call whose errno errno_of() gives.
std::string decisive_call(const CheckEvidence& seen) {
  if (!seen.probe) return "";
  const bool closing = seen.probe->errno_name == "OK" && !errno_of(seen).empty();
  return closing ? "close" : seen.probe->call;
}

// How a check that met no errno ended: "exit-1", "wrong-value", "wrong-output", "hang".
std::string end_of(const CheckEvidence& seen, const CheckResult& result) {
  if (result.observed != Observed::Fail) return std::string(name_of(result.observed));
  if (seen.probe) return "wrong-value";
  return seen.end.code == 0 ? "wrong-output" : "exit-" + std::to_string(seen.end.code);
}

// The program itself, behind the approach's prefix.
std::string command_of(const CheckEvidence& seen) {
  return seen.prefix_words < seen.argv.size() ? seen.argv[seen.prefix_words] : "";
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "";
  const std::size_t newline = text.rfind('\n', end);
  const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
  return text.substr(start, end + 1 - start);
}

}  // namespace

Cause find_cause(std::span<const CauseRule> rules, const Cell& cell, const CheckEvidence& seen,
                 const CheckResult& result) {
  const std::vector<Standstill> standstills = find_standstills(seen.threads);
  const Facts facts{.stage = {},
                    .errno_name = errno_of(seen),
                    .call = decisive_call(seen),
                    .command = command_of(seen),
                    .check = seen.name,
                    .text = result.detail + "\n" + seen.err + seen.out,
                    .journal = seen.journal,
                    .version = cell.sandbox.version,
                    .approach = cell.approach,
                    .observed = result.observed,
                    .standstills = standstills};
  const CauseRule* rule = find_rule(rules, facts);
  Cause cause = rule ? from_rule(*rule, facts) : unknown(facts, end_of(seen, result));
  const std::size_t object = seen.prefix_words + 2;
  if (seen.argv.size() > object && seen.probe) cause.object = seen.argv[object];
  cause.evidence.push_back(result.command + ": " + result.detail);
  return cause;
}

Cause find_cause(std::span<const CauseRule> rules, const Cell& cell, const StageBreak& broke) {
  const Facts facts{.stage = broke.stage,
                    .errno_name = {},
                    .call = {},
                    .command = {},
                    .check = {},
                    .text = broke.message,
                    .journal = {},
                    .version = cell.sandbox.version,
                    .approach = cell.approach,
                    .observed = broke.observed,
                    .standstills = {}};
  const CauseRule* rule = find_rule(rules, facts);
  Cause cause =
      rule ? from_rule(*rule, facts) : unknown(facts, std::string(name_of(broke.observed)));
  cause.evidence.push_back(broke.stage + ": " + last_line(broke.message));
  return cause;
}

}  // namespace testbed
