#include "orchestrator/judge/checks.h"

#include <cstring>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/judge/pattern.h"
#include "orchestrator/judge/standstill.h"

namespace testbed {
namespace {

constexpr std::size_t kShown = 160;        // of an output, in a detail
constexpr std::size_t kProbeLine = 65536;  // of a probe's answer
constexpr int kLastErrno = 133;            // of Linux on x86-64: EHWPOISON

std::string in_quotes(std::string_view text) {
  return json::serialize(json::string(valid_utf8(text.substr(0, kShown))));
}

std::string first_line(std::string_view text) {
  return valid_utf8(text.substr(0, std::min(text.find('\n'), kShown)));
}

std::string errno_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : "OK";
}

// The main value as text: lists joined by blanks, of an object its first member.
std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_object())
    return value.get_object().empty() ? "" : text_of(value.get_object().begin()->value());
  if (value.is_null()) return "";
  if (!value.is_array()) return json::serialize(value);
  std::string text;
  for (const json::value& item : value.get_array())
    text += (text.empty() ? "" : " ") + text_of(item);
  return text;
}

struct Judgement {
  Observed observed = Observed::Pass;
  std::string detail;
};

Judgement failed(std::string detail) { return {Observed::Fail, std::move(detail)}; }

std::optional<Judgement> against_probe(const Holds& holds, const ProbeAnswer& probe) {
  const std::string wanted = holds.errno_name.value_or("OK");
  if (probe.errno_name != wanted) {
    return failed((probe.call.empty() ? probe.op : probe.call) + ": " + probe.errno_name +
                  (wanted == "OK" ? "" : ", expected " + wanted));
  }
  if (holds.value && probe.value != *holds.value) {
    return failed("value is " + in_quotes(probe.value) + ", expected " + in_quotes(*holds.value));
  }
  if (holds.close_errno && probe.close_errno != *holds.close_errno) {
    return failed("close: " + probe.close_errno);
  }
  return std::nullopt;
}

std::optional<Judgement> against_pattern(const std::string& pattern, const std::string& out) {
  switch (search(pattern, out)) {
    case Found::Yes:
      return std::nullopt;
    case Found::No:
      return failed("output " + in_quotes(out) + " does not match " + pattern);
    case Found::Unusable:
      break;
  }
  return Judgement{Observed::Error, "its regular expression cannot be used: " + pattern};
}

Judgement against_output(const CheckSpec& check, const CheckEvidence& seen) {
  const Holds& holds = check.holds;
  if (seen.end.code != holds.exit_code) {
    const std::string said = first_line(seen.err.empty() ? seen.out : seen.err);
    return failed("exit code " + std::to_string(seen.end.code) + (said.empty() ? "" : ": " + said));
  }
  if (holds.out && seen.out != *holds.out) {
    return failed("output is " + in_quotes(seen.out) + ", expected " + in_quotes(*holds.out));
  }
  if (holds.out_contains && seen.out.find(*holds.out_contains) == std::string::npos) {
    return failed("output " + in_quotes(seen.out) + " does not contain " +
                  in_quotes(*holds.out_contains));
  }
  if (holds.out_matches) {
    if (auto judgement = against_pattern(*holds.out_matches, seen.out)) return *judgement;
  }
  if (!seen.probe) return {};
  return against_probe(holds, *seen.probe).value_or(Judgement{});
}

std::string what_stands(const CheckEvidence& seen) {
  const std::vector<Standstill> found = find_standstills(seen.threads);
  return found.empty() ? "" : "; " + found.front().line;
}

Judgement judge_end(const CheckSpec& check, const CheckEvidence& seen) {
  using Kind = CommandEnd::Kind;
  switch (seen.end.kind) {
    case Kind::Exited:
      if (check.argv[0] == "probe" && !seen.probe) {
        return {Observed::Error,
                "the probe's answer cannot be read: " + first_line(seen.err + seen.out)};
      }
      return against_output(check, seen);
    case Kind::Signalled:
      return {Observed::Crash, "killed by " + describe(Signalled{seen.end.code})};
    case Kind::NotStarted:
      return {Observed::Error, check.argv[0] + " cannot be started: " + seen.end.message};
    case Kind::TimedOut:
      return {Observed::Timeout, "past its limit, " + seen.end.message};
    case Kind::Hung:
      return {Observed::Hang, "past its limit, " + seen.end.message + what_stands(seen)};
    case Kind::SandboxGone:
      return {Observed::Crash, "the sandbox ended while it ran"};
    case Kind::Cancelled:
      return {Observed::Pending, "stopped"};
  }
  return {Observed::Error, "unknown end"};
}

}  // namespace

std::optional<ProbeAnswer> read_probe(std::string_view out) {
  const auto value = parse_json(out.substr(0, std::min(out.find('\n'), kProbeLine)));
  if (!value || !value->is_object()) return std::nullopt;
  const json::object& object = value->get_object();
  if (!object.contains("op") || !object.contains("errno")) return std::nullopt;
  const json::value* main = object.if_contains("value");
  const json::object* parts = main ? main->if_object() : nullptr;
  return ProbeAnswer{.op = text_or(object, "op"),
                     .call = text_or(object, "call"),
                     .result = number_or(object, "result"),
                     .errno_name = errno_in(object, "errno"),
                     .value = main ? text_of(*main) : "",
                     .close_errno = parts ? errno_in(*parts, "close") : "",
                     .nanoseconds = number_or(object, "ns")};
}

std::string killed_for_memory(const std::optional<GroupUse>& use) {
  if (!use || use->killed == 0) return "";
  return "; out of memory: the host's kernel killed " + std::to_string(use->killed) +
         " of the sandbox's processes";
}

CheckResult assess(const CheckSpec& check, const CheckEvidence& seen) {
  Judgement judgement = judge_end(check, seen);
  if (judgement.observed != Observed::Pass) judgement.detail += killed_for_memory(seen.use);
  return {.name = check.name,
          .is_rung = check.is_rung,
          .observed = judgement.observed,
          .detail = std::move(judgement.detail),
          .cause = std::nullopt,
          .verdict = Verdict::None,
          .command = quoted(seen.argv),
          .duration = seen.duration,
          .use = seen.use};
}

std::string errno_of(const CheckEvidence& seen) {
  if (seen.probe) {
    const bool closing = seen.probe->errno_name == "OK" && !seen.probe->close_errno.empty();
    const std::string& name = closing ? seen.probe->close_errno : seen.probe->errno_name;
    return name == "OK" ? "" : name;
  }
  // Programs print strerror(3)'s text, in the C locale; the longest that occurs is meant.
  int best = 0;
  for (int error = 1; error <= kLastErrno; ++error) {
    const std::string text = std::strerror(error);
    if (seen.err.find(text) == std::string::npos) continue;
    if (best == 0 || text.size() > std::strlen(std::strerror(best))) best = error;
  }
  return best == 0 ? "" : errno_name(best);
}

}  // namespace testbed
