#include "orchestrator/run/check_runner.h"

#include <thread>

#include "orchestrator/judge/checks.h"
#include "orchestrator/run/cell_runner.h"

namespace testbed {
namespace {

constexpr milliseconds kBetweenTries(200);
constexpr std::size_t kExcerpt = 4096;  // of each output, in the record; the files have all of it

bool holds(const CheckSpec& check, const CheckEvidence& seen) {
  return assess(check, seen).observed == Observed::Pass;
}

GroupUse since(const GroupUse& before, const GroupUse& now) {
  return {.processor = now.processor - before.processor,
          .memory = now.memory,
          .killed = now.killed - before.killed};
}

}  // namespace

CheckRunner::Composed CheckRunner::composed(const std::vector<std::string>& argv) const {
  std::vector<std::string> words = scene_.prefix;
  const auto patched = argv.empty() ? scene_.of_program.end() : scene_.of_program.find(argv[0]);
  const ProgramPatch patch = patched == scene_.of_program.end() ? ProgramPatch{} : patched->second;
  words.insert(words.end(), patch.prefix.begin(), patch.prefix.end());
  Composed result{.command = {}, .prefix_words = words.size()};
  words.insert(words.end(), argv.begin(), argv.end());
  if (!patch.instead.empty()) words[result.prefix_words] = patch.instead;
  words.insert(words.end(), patch.arguments.begin(), patch.arguments.end());
  for (std::string& word : words) word = substituted(word, scene_.variables);
  result.command.argv = std::move(words);
  result.command.environment = scene_.environment;
  if (scene_.journals != nullptr)
    result.command.movement = [journals = scene_.journals] { return journals->size(); };
  return result;
}

CheckEvidence CheckRunner::carry_out(const CheckSpec& check) {
  const auto begin = Deadline::Clock::now();
  const std::optional<GroupUse> used_before = use();
  if (!check.start.empty())
    backgrounds_.start(scene_.sandbox, check.name, composed(check.start).command);
  const Deadline limit = scene_.deadline.sooner(check.within.value_or(milliseconds(0)));
  CheckEvidence seen = try_once(check);
  while (!holds(check, seen) && !limit.expired() && !scene_.stop.stop_requested() &&
         seen.end.kind != CommandEnd::Kind::SandboxGone && !backgrounds_.has_ended(check.name)) {
    std::this_thread::sleep_for(limit.sooner(kBetweenTries).remaining());
    seen = try_once(check);
  }
  if (const std::string about = backgrounds_.about(check.name);
      !about.empty() && !holds(check, seen))
    seen.err = about.substr(0, kExcerpt) + seen.err.substr(0, kExcerpt / 4);  // the cause first
  seen.duration = std::chrono::duration_cast<microseconds>(Deadline::Clock::now() - begin);
  if (const auto used = use(); used && used_before) seen.use = since(*used_before, *used);
  return seen;
}

std::optional<GroupUse> CheckRunner::use() const {
  return scene_.group == nullptr ? std::nullopt : scene_.group->use();
}

CheckEvidence CheckRunner::try_once(const CheckSpec& check) {
  const auto [command, prefix_words] = composed(check.argv);
  const Deadline limit = scene_.deadline.sooner(check.timeout.value_or(scene_.step));
  const CommandResult result = scene_.sandbox.run(command, limit, scene_.stop);
  backgrounds_.look(scene_.sandbox);
  keep_output(check.name, result);
  CheckEvidence seen{.name = check.name,
                     .is_rung = check.is_rung,
                     .argv = command.argv,
                     .prefix_words = prefix_words,
                     .end = result.end,
                     .out = result.out.substr(0, kExcerpt),
                     .err = result.err.substr(0, kExcerpt),
                     .probe = std::nullopt,
                     .journal = {},
                     .threads = result.threads,
                     .duration = result.duration,
                     .use = std::nullopt};
  if (!check.argv.empty() && check.argv[0] == "probe") seen.probe = read_probe(result.out);
  if (scene_.journals != nullptr) seen.journal = scene_.journals->take();
  return seen;
}

// Evidence only: that the disk is full must not change what was seen. A stream that is empty leaves
// no file, also where an earlier try of the check had left one.
void CheckRunner::keep_output(const std::string& check, const CommandResult& result) {
  for (const auto& [text, ending] :
       {std::pair(&result.out, ".stdout"), std::pair(&result.err, ".stderr")}) {
    const fs::path file = scene_.folder / (check + ending);
    std::error_code ignored;
    if (text->empty()) {
      fs::remove(file, ignored);
    } else if (auto written = write_file(file, *text); !written) {
      lost_.push_back("lost evidence: " + written.error().message);
    }
  }
}

}  // namespace testbed
