#include "orchestrator/judge/call_trace.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>

#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr std::string_view kAgent = "agent";
constexpr std::size_t kLongestText = 300;  // of arguments: a buffer is written out
constexpr std::size_t kDigitsOfAnAddress = 6;
constexpr std::int64_t kLeastAddress = 0x100000;

constexpr std::array<std::string_view, 4> kStartThreads = {"clone", "clone3", "fork", "vfork"};
// Their results and arguments are numbers of processes.
constexpr std::array<std::string_view, 17> kTellNumbers = {
    "clone",   "clone3",          "fork",   "vfork",  "getpid",  "gettid",
    "getppid", "set_tid_address", "wait4",  "waitid", "getpgrp", "getpgid",
    "setpgid", "getsid",          "setsid", "kill",   "tgkill"};

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "I1126 15:48:34.000001       1 strace.go:567] [   7:   7] ls X getpid() = 7 (0x7) (1.2µs)"; some
// versions leave the decimal number out.
struct Line {
  std::int64_t thread = 0;
  std::string_view process;
  bool leaves = false;
  std::string_view name, arguments, result;
};

std::int64_t number_in(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '_';
  });
}

// Of "NAME E call(...)" the place of " E "; names of processes may hold blanks.
std::size_t find_side(std::string_view text) {
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    const std::string_view rest = text.substr(at);
    if (!rest.starts_with(" E ") && !rest.starts_with(" X ")) continue;
    if (is_name(rest.substr(3, rest.find('(', 3) - 3)) && rest.find('(') != std::string_view::npos)
      return at;
  }
  return std::string_view::npos;
}

std::optional<Line> parsed(std::string_view text) {
  const std::size_t source = text.find(" strace.go:");
  if (source == std::string_view::npos) return std::nullopt;
  const std::size_t open = text.find("] [", source), colon = text.find(':', open),
                    close = text.find("] ", colon);
  if (open == std::string_view::npos || colon == std::string_view::npos ||
      close == std::string_view::npos)
    return std::nullopt;
  Line line;
  line.thread = number_in(text.substr(colon + 1, close - colon - 1));
  text.remove_prefix(close + 2);
  const std::size_t side = find_side(text);
  if (side == std::string_view::npos || line.thread < 0) return std::nullopt;
  line.process = text.substr(0, side);
  line.leaves = text[side + 1] == 'X';
  text.remove_prefix(side + 3);
  const std::size_t bracket = text.find('(');
  line.name = text.substr(0, bracket);
  text.remove_prefix(bracket + 1);
  // Arguments may hold anything, so the result is looked for from behind.
  const std::size_t end = line.leaves ? text.rfind(") = ") : text.rfind(')');
  if (end == std::string_view::npos) return std::nullopt;
  line.arguments = text.substr(0, end);
  if (line.leaves) line.result = text.substr(end + 4);
  return line;
}

// Addresses differ from run to run; before what stands at one they say nothing either.
std::string without_addresses(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t at = text.find("0x");
    out += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 2);
    const auto end = std::find_if_not(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isxdigit(c); });
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    if (digits.size() < kDigitsOfAnAddress) {
      out += "0x" + std::string(digits);
    } else if (text.starts_with(' ')) {
      text.remove_prefix(1);
    } else {
      out += "ADDRESS";
    }
  }
  return out;
}

// What is in braces are structures: times, inodes, sizes that are the machine's.
std::string without_structures(const std::string& text) {
  std::string out;
  int depth = 0;
  for (const char c : text) {
    if (c == '{' && ++depth == 1) out += "{...}";
    if (depth == 0) out += c;
    if (c == '}' && depth > 0) --depth;
  }
  return out;
}

// "pipe:[8]": which of the kernel's objects it is.
std::string without_inodes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (!out.ends_with(":[")) continue;
    while (i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1]))) ++i;
  }
  return out;
}

std::string arguments_of(const Line& line) {
  if (is_one_of(kTellNumbers, line.name)) return "...";
  std::string text = without_inodes(without_structures(without_addresses(line.arguments)));
  // The environment comes in another order each time.
  const std::size_t environment = line.name == "execve" ? text.find("], [") : std::string::npos;
  if (environment != std::string::npos) text.resize(environment + 1);
  if (text.size() > kLongestText) text = text.substr(0, kLongestText) + "...";
  return text;
}

void take_result(const Line& line, TracedCall& call) {
  const std::size_t errno_at = line.result.find(" errno=");
  call.failed = errno_at != std::string_view::npos;
  if (call.failed) {
    const auto number = number_in(line.result.substr(errno_at + 7));
    // What the kernel means to restart is no answer that the program gets.
    call.outcome = number >= 512 ? "interrupted" : errno_name(static_cast<int>(number));
    return;
  }
  const std::int64_t number = number_in(line.result);
  call.outcome = number >= kLeastAddress || number < 0 ? "ADDRESS"
                 : is_one_of(kTellNumbers, line.name)  ? "PID"
                                                       : std::to_string(number);
}

}  // namespace

std::string TracedCall::text() const {
  return name + "(" + arguments + ")" + (outcome.empty() ? "" : " = " + outcome);
}

std::size_t CallTrace::calls() const {
  std::size_t count = 0;
  for (const TracedThread& thread : threads) count += thread.calls.size();
  return count;
}

void CallTraceReader::add_line(std::string_view text) {
  const auto line = parsed(text);
  if (!line) return;
  if (calls_ == kMostCalls) {
    is_cut_ = true;
    return;
  }
  Seen& seen = seen_[line->thread];
  if (seen.order == 0) seen.order = seen_.size();
  seen.thread.process = line->process;
  std::vector<TracedCall>& calls = seen.thread.calls;
  // A call that was going on when the trace began is left without having been entered.
  const bool continues = line->leaves && seen.inside && calls.back().name == line->name;
  if (!continues) {
    calls.push_back({.name = std::string(line->name), .arguments = {}, .outcome = {}});
    ++calls_;
  }
  TracedCall& call = calls.back();
  call.arguments = arguments_of(*line);
  seen.inside = !line->leaves;
  if (!line->leaves) return;
  take_result(*line, call);
  if (!call.failed && is_one_of(kStartThreads, line->name))
    seen.started.push_back(number_in(line->result));
}

CallTrace CallTraceReader::finish() {
  std::set<std::int64_t> of_the_check;
  std::vector<std::int64_t> open;
  for (const auto& [number, seen] : seen_) {
    if (seen.thread.process == kAgent)
      open.insert(open.end(), seen.started.begin(), seen.started.end());
  }
  while (!open.empty()) {
    const std::int64_t number = open.back();
    open.pop_back();
    const auto seen = seen_.find(number);
    if (seen == seen_.end() || !of_the_check.insert(number).second) continue;
    open.insert(open.end(), seen->second.started.begin(), seen->second.started.end());
  }
  std::vector<Seen*> ordered;
  for (const std::int64_t number : of_the_check) ordered.push_back(&seen_[number]);
  std::sort(ordered.begin(), ordered.end(),
            [](const Seen* a, const Seen* b) { return a->order < b->order; });
  CallTrace trace{.threads = {}, .is_cut = is_cut_};
  for (Seen* seen : ordered) trace.threads.push_back(std::move(seen->thread));
  return trace;
}

}  // namespace testbed
