// The rules a user writes: whatever the text, no crash, and what is taken keeps its promises.
#include <cstddef>
#include <cstdint>

#include "emulator/supervisor/rule_words.h"
#include "emulator/supervisor/rules.h"
#include "orchestrator/base/check.h"

namespace testbed::supervisor {
namespace {

void check_path(const std::string& path) {
  CHECK(path.starts_with('/') && path.size() < 4096, "a path is absolute");
  CHECK(path == "/" || !path.ends_with('/'), "a path does not end in a slash");
  for (const std::string_view part : components(path)) {
    CHECK(part != "." && part != "..", "a path is in its normal form");
  }
}

void check(const Rules& rules) {
  for (const Redirect& rule : rules.redirects) {
    check_path(rule.from);
    check_path(rule.to);
  }
  for (const StatfsType& rule : rules.statfs_types) check_path(rule.path);
  for (const MountLine& rule : rules.mount_lines) check_path(rule.path);
  for (const VirtualFile& rule : rules.files) check_path(rule.path);
  for (const Failing& rule : rules.failing) {
    CHECK(rule.call != nullptr && rule.error > 0 && rule.every > 0, "a failing call is complete");
  }
}

}  // namespace
}  // namespace testbed::supervisor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace testbed::supervisor;
  Rules rules;
  std::vector<Problem> problems;
  parse_rules("fuzz", {reinterpret_cast<const char*>(data), size}, rules, problems);
  check(rules);
  for (const Problem& problem : problems) {
    CHECK(problem.line > 0 && problem.column > 0 && !problem.message.empty(), "a place and a text");
  }
  return 0;
}
