#include "emulator/supervisor/account.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "orchestrator/base/errno_name.h"

namespace testbed::supervisor {
namespace {

std::string outcome(const Decision& decision) {
  switch (decision.kind) {
    case Decision::Kind::Continue:
      return "continued";
    case Decision::Kind::Return:
      if (decision.value >= 0) return "= " + std::to_string(decision.value);
      return "= " + errno_name(static_cast<int>(-decision.value));
    case Decision::Kind::Run:
      break;
  }
  std::string text = "-> ";
  for (const auto& [index, path] : decision.paths) text += (text.size() > 3 ? ", " : "") + path;
  return decision.paths.empty() ? "with other arguments" : text;
}

}  // namespace

void Account::decided(const StoppedCall& stopped, const Decision& decision, bool logged,
                      Clock::time_point since) {
  const auto spent = Clock::now() - since;
  Row& row = rows_[static_cast<std::size_t>(stopped.call->number) % rows_.size()];
  ++row.stops;
  row.spent += spent;
  if (decision.kind == Decision::Kind::Run) ++row.changed;
  if (decision.kind == Decision::Kind::Return) ++(decision.value < 0 ? row.failed : row.answered);
  const bool changed = decision.kind != Decision::Kind::Continue;
  if (!changed && !logged) return;
  if (!journal_.drops_lines()) write_line(stopped, decision, spent);
  if (explain_) {
    std::fprintf(stderr, "supervisor: %d %s(%s) %s%s%s\n", stopped.tid,
                 std::string(stopped.call->name).c_str(), decision.object.c_str(),
                 outcome(decision).c_str(), changed ? " by " : "", decision.rule);
  }
}

void Account::write_line(const StoppedCall& stopped, const Decision& decision,
                         std::chrono::nanoseconds spent) {
  JsonLine line;
  line.text("op", stopped.call->name).number("tid", stopped.tid);
  if (*decision.rule != '\0') line.text("rule", decision.rule);
  if (!decision.object.empty()) line.text("path", decision.object);
  for (const auto& path : decision.paths) line.text("to", path.second);
  if (decision.kind == Decision::Kind::Return && decision.value < 0) {
    line.text("errno", errno_name(static_cast<int>(-decision.value)));
  } else {
    line.null("errno");
  }
  line.number("us", std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
  journal_.write(line);
}

std::string Account::summary() const {
  std::vector<std::size_t> numbers;
  std::uint64_t stops = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].stops > 0) numbers.push_back(i);
    stops += rows_[i].stops;
  }
  std::sort(numbers.begin(), numbers.end(),
            [&](std::size_t a, std::size_t b) { return rows_[a].spent > rows_[b].spent; });
  std::string text = " handling us  us/call     stops   changed  answered    failed  call\n";
  for (const std::size_t number : numbers) {
    const Row& row = rows_[number];
    const double spent = static_cast<double>(row.spent.count()) / 1000;
    const Call* call = find_call(static_cast<long>(number));
    char line[160];
    std::snprintf(
        line, sizeof line, "%12.0f %8.1f %9llu %9llu %9llu %9llu  %s\n", spent,
        spent / static_cast<double>(row.stops), static_cast<unsigned long long>(row.stops),
        static_cast<unsigned long long>(row.changed), static_cast<unsigned long long>(row.answered),
        static_cast<unsigned long long>(row.failed),
        call == nullptr ? "?" : std::string(call->name).c_str());
    text += line;
  }
  return text + std::to_string(stops) + " stops of " + std::to_string(threads_) + " threads\n";
}

}  // namespace testbed::supervisor
