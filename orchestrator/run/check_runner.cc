#include "orchestrator/run/check_runner.h"

#include <thread>

#include "orchestrator/judge/checks.h"
#include "orchestrator/run/cell_runner.h"

namespace testbed {
namespace {

constexpr milliseconds kBetweenTries(200);
constexpr milliseconds kLongestTrace(10'000);  // of a check that is tried again and again
constexpr std::size_t kExcerpt = 4096;  // of each output, in the record; the files have all of it

// One line a thread, as a person reads it.
std::string in_lines(const std::vector<ThreadState>& threads) {
  std::string text;
  for (const ThreadState& thread : threads) {
    text += "thread " + std::to_string(thread.thread) + " of " + std::to_string(thread.pid) + " (" +
            thread.name + "): state " + thread.state + " for " +
            std::to_string(thread.still.count()) + " ms, " + std::to_string(thread.used.count()) +
            " ms of processor time";
    if (thread.call >= 0)
      text += ", in system call " + std::to_string(thread.call) + " with " +
              std::to_string(thread.argument);
    if (!thread.wait_channel.empty()) text += ", waits in " + thread.wait_channel;
    if (thread.tracer != 0) text += ", traced by " + std::to_string(thread.tracer);
    text += "\n";
  }
  return text;
}

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
  if (check.name == scene_.watched) trace(true);
  CheckEvidence seen =
      try_until_it_holds(check, scene_.deadline.sooner(check.within.value_or(milliseconds(0))));
  if (seen.end.kind != CommandEnd::Kind::SandboxGone) trace(false);
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

CheckEvidence CheckRunner::try_until_it_holds(const CheckSpec& check, Deadline limit) {
  const Deadline traced = Deadline::after(kLongestTrace);
  CheckEvidence seen = try_once(check);
  while (!holds(check, seen) && !limit.expired() && !scene_.stop.stop_requested() &&
         seen.end.kind != CommandEnd::Kind::SandboxGone && !backgrounds_.has_ended(check.name)) {
    if (traced.expired()) trace(false);
    std::this_thread::sleep_for(limit.sooner(kBetweenTries).remaining());
    seen = try_once(check);
  }
  return seen;
}

// Evidence only: where it cannot be had the check goes its way.
void CheckRunner::trace(bool on) {
  if (tracing_ == on) return;
  const auto done = scene_.sandbox.trace(on);
  if (!done) notes_.push_back("no system calls: " + done.error().message);
  tracing_ = on && done;
}

void CheckRunner::close() {
  if (was_too_long_) {
    for (const auto& [name, stacks] : backgrounds_.goroutines(scene_.sandbox))
      keep(name + ".goroutines", stacks);
  }
  backgrounds_.look(scene_.sandbox);
}

CheckEvidence CheckRunner::try_once(const CheckSpec& check) {
  auto [command, prefix_words] = composed(check.argv);
  command.wants_stacks = check.name == scene_.watched;
  const Deadline limit = scene_.deadline.sooner(check.timeout.value_or(scene_.step));
  const CommandResult result = scene_.sandbox.run(command, limit, scene_.stop);
  backgrounds_.look(scene_.sandbox);
  keep_output(check.name, result);
  if (check.name == scene_.watched && !result.threads.empty()) {
    was_too_long_ = true;
    keep(check.name + ".threads", in_lines(result.threads));
    if (!result.goroutines.empty()) keep(check.name + ".goroutines", result.goroutines);
  }
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

// Evidence only: that the disk is full must not change what was seen.
void CheckRunner::keep(const std::string& name, const std::string& text) {
  if (auto written = write_file(scene_.folder / name, text); !written)
    lost_.push_back("lost evidence: " + written.error().message);
}

// A stream that is empty leaves no file, also where an earlier try of the check had left one.
void CheckRunner::keep_output(const std::string& check, const CommandResult& result) {
  for (const auto& [text, ending] :
       {std::pair(&result.out, ".stdout"), std::pair(&result.err, ".stderr")}) {
    std::error_code ignored;
    if (text->empty()) {
      fs::remove(scene_.folder / (check + ending), ignored);
    } else {
      keep(check + ending, *text);
    }
  }
}

}  // namespace testbed
