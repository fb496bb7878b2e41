// Walks through made-up file systems. A line of the input is a redirect as in a rule, a link
// ("link PATH TARGET"), a jump of procfs ("jump PATH TARGET"), what is absent ("gone PATH"), or a
// walk ("walk PATH", "keep PATH" without following the last link).
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>

#include "emulator/supervisor/resolver.h"
#include "emulator/supervisor/rule_words.h"
#include "orchestrator/base/check.h"

namespace testbed::supervisor {
namespace {

class MadeUpFiles : public FileView {
 public:
  LinkRead read_link(const std::string& path) override {
    CHECK(++looks_ < 400'000, "a walk comes to an end");
    const auto found = known_.find(path);
    return found == known_.end() ? LinkRead{} : found->second;
  }
  void add(const std::string& path, LinkRead what) { known_[path] = std::move(what); }

 private:
  std::map<std::string, LinkRead> known_{};
  int looks_ = 0;
};

bool is_canonical(const std::string& path) {
  if (!path.starts_with('/')) return false;
  for (const std::string_view part : components(path)) {
    if (part == "." || part == "..") return false;
  }
  return path.find("//") == std::string::npos;
}

void walk(const PathMap& map, MadeUpFiles& files, const std::string& path, bool follow) {
  for (const char* const start : {"/", "/t", "/a/b"}) {
    const Resolution found =
        resolve(map, files, {.start = start, .path = path, .follow_last = follow});
    if (found.kind == Resolution::Kind::Unknown) continue;
    CHECK(is_canonical(found.shown), "what is shown is canonical");
    CHECK(found.kept.starts_with('/'), "what is kept is absolute");
    if (found.kind == Resolution::Kind::Natural) continue;
    const auto kept = map.kept_at(found.shown).value_or(found.shown);
    CHECK(found.kept.starts_with(kept == "/" ? "" : kept), "both are the same place");
  }
}

}  // namespace
}  // namespace testbed::supervisor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace testbed::supervisor;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  Rules rules;
  std::vector<Problem> problems;
  MadeUpFiles files;
  std::vector<std::pair<std::string, bool>> walks;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, path, target;
    words >> kind >> path >> target;
    if (kind == "redirect") parse_rules("fuzz", line, rules, problems);
    if (kind == "link") files.add(path, {LinkRead::Kind::Link, target});
    const bool jumps = target.empty() || is_canonical(target);
    if (kind == "jump" && jumps) files.add(path, {LinkRead::Kind::Jump, target});
    if (kind == "gone") files.add(path, {LinkRead::Kind::Missing, ""});
    if (kind == "walk" || kind == "keep") walks.emplace_back(path, kind == "walk");
    if (walks.size() > 32) break;
  }
  const PathMap map(rules.redirects);
  for (const auto& [path, follow] : walks) walk(map, files, path, follow);
  return 0;
}
