#include "orchestrator/loader/cause_loader.h"

#include "orchestrator/loader/load_file.h"

namespace testbed {
namespace {

std::vector<JournalPattern> journal_patterns(const std::vector<YamlNode>& items) {
  std::vector<JournalPattern> out;
  for (const YamlNode& item : items)
    out.push_back({.op = item.text_of("op"), .errno_name = item.text_of("errno")});
  return out;
}

std::vector<Observed> observed_words(const std::vector<std::string>& words) {
  std::vector<Observed> out;
  for (const std::string& word : words) {
    if (const auto observed = find_observed(word)) out.push_back(*observed);
  }
  return out;
}

CauseRule::When read_when(const YamlNode& when) {
  CauseRule::When out{.stages = when.texts_of("stage"),
                      .errnos = when.texts_of("errno"),
                      .calls = when.texts_of("call"),
                      .commands = when.texts_of("command"),
                      .journal = journal_patterns(when.items_of("journal")),
                      .not_in_journal = journal_patterns(when.items_of("not_in_journal")),
                      .text_matches = when.texts_of("text"),
                      .checks = when.texts_of("check"),
                      .components = when.texts_of("component"),
                      .observed = observed_words(when.texts_of("observed")),
                      .standstills = when.texts_of("standstill"),
                      .versions = {}};
  if (auto range = VersionRange::parse(when.text_of("versions"))) out.versions = std::move(*range);
  return out;
}

CauseRule read_cause(const CheckedFile& file, ProblemList& problems) {
  const YamlNode* when = file.root.find("when");
  if (when != nullptr && when->is_map() && when->entries.empty())
    problems.add(when->at, "`when` must name a condition: this rule would explain everything");
  must_be_named(file.root, "cause", fs::path(file.file).stem().string(), "the file", problems);
  return {.signature = file.root.text_of("cause"),
          .layer = file.root.text_of("layer"),
          .operation = file.root.text_of("operation"),
          .summary = file.root.text_of("summary"),
          .remedy = file.root.text_of("remedy"),
          .when = when == nullptr ? CauseRule::When{} : read_when(*when),
          .priority = integer_of(file.root.text_of("priority")),
          .file = file.file};
}

}  // namespace

Loaded<CauseRule> load_cause(const fs::path& path) {
  return load_file<CauseRule>(path, FileKind::Cause, read_cause);
}

}  // namespace testbed
