#include "orchestrator/model/second_pass.h"

#include <algorithm>

namespace testbed {

bool holds_now(const SecondPass& pass) {
  return std::any_of(pass.attempt.checks.begin(), pass.attempt.checks.end(),
                     [&](const CheckResult& check) {
                       return check.name == pass.check && check.observed == Observed::Pass;
                     });
}

std::string in_words(const SecondPass& pass) {
  if (holds_now(pass))
    return "`" + pass.check + "` passes in the second pass: what was seen comes and goes";
  const auto found =
      std::find_if(pass.attempt.checks.begin(), pass.attempt.checks.end(),
                   [&](const CheckResult& check) { return check.name == pass.check; });
  if (found == pass.attempt.checks.end() || found->observed == Observed::Skip ||
      found->observed == Observed::Pending)
    return "the second pass does not come as far as `" + pass.check + "`: " + pass.attempt.reason;
  return "`" + pass.check + "` in the second pass: " + std::string(name_of(found->observed)) +
         (found->detail.empty() ? "" : ", " + found->detail);
}

std::string in_words(const CallDifference& difference) {
  const std::string none = "no further call";
  return "`" + difference.process + "`, after " + std::to_string(difference.alike) +
         " calls alike: " + (difference.here.empty() ? none : difference.here) + "; in " +
         difference.neighbour + ": " + (difference.there.empty() ? none : difference.there);
}

std::vector<LabelledText> account_of(const SecondPass& pass) {
  std::vector<LabelledText> lines{{"again", in_words(pass)}};
  if (pass.difference) {
    lines.push_back({"difference", in_words(*pass.difference)});
    for (const std::string& passed_over : pass.difference->without_consequence)
      lines.push_back({"no matter", passed_over});
  }
  for (const std::string& call : pass.failed) lines.push_back({"failed", call});
  if (!pass.waits.empty()) lines.push_back({"waits in", pass.waits});
  for (const std::string& note : pass.notes) lines.push_back({"not had", note});
  if (!pass.folder.empty()) lines.push_back({"files", pass.folder});
  return lines;
}

}  // namespace testbed
