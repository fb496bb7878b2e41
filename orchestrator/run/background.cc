#include "orchestrator/run/background.h"

#include <fcntl.h>

#include "orchestrator/base/log.h"

namespace testbed {
namespace {

constexpr std::size_t kTail = 2500;

Result<> append(const fs::path& file, const std::string& text) {
  const UniqueFd fd = TRY(open_file(file, O_WRONLY | O_CREAT | O_APPEND));
  return write_all(fd.get(), text);
}

std::string in_words(const std::optional<CommandEnd>& end) {
  if (!end) return "is running";
  switch (end->kind) {
    case CommandEnd::Kind::Exited:
      return "ended with exit code " + std::to_string(end->code);
    case CommandEnd::Kind::Signalled:
      return "was ended by signal " + std::to_string(end->code);
    case CommandEnd::Kind::NotStarted:
      return "was not started: " + end->message;
    case CommandEnd::Kind::TimedOut:
    case CommandEnd::Kind::Hung:
    case CommandEnd::Kind::SandboxGone:
    case CommandEnd::Kind::Cancelled:
      break;
  }
  return end->message;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "";
  const std::size_t newline = text.rfind('\n', end);
  const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
  return text.substr(start, end + 1 - start);
}

}  // namespace

void Backgrounds::start(RunningSandbox& sandbox, const std::string& name,
                        const SandboxCommand& command) {
  programs_[name] = {.number = sandbox.start_background(command), .end = {}, .tail = {}};
}

void Backgrounds::look(RunningSandbox& sandbox) {
  for (auto& [name, program] : programs_) {
    BackgroundLook seen = sandbox.look_at(program.number);
    program.end = std::move(seen.end);
    if (seen.output.empty()) continue;
    // Evidence only: that the disk is full must not change what was seen.
    if (auto kept = append(folder_ / (name + ".log"), seen.output); !kept)
      log_warning(kept.error().message);
    program.tail += seen.output;
    if (program.tail.size() > kTail) program.tail.erase(0, program.tail.size() - kTail);
  }
}

std::map<std::string, std::string> Backgrounds::goroutines(RunningSandbox& sandbox) const {
  std::map<std::string, std::string> stacks;
  for (const auto& [name, program] : programs_) {
    if (program.end) continue;
    if (std::string said = sandbox.goroutines_of(program.number); !said.empty())
      stacks[name] = std::move(said);
  }
  return stacks;
}

bool Backgrounds::has_ended(const std::string& name) const {
  const auto program = programs_.find(name);
  return program != programs_.end() && program->second.end.has_value();
}

std::string Backgrounds::about(const std::string& check) const {
  std::string text;
  for (const auto& [name, program] : programs_) {
    if (!program.end && name != check) continue;
    text += "[" + name + "] " + in_words(program.end);
    if (!program.tail.empty()) text += ": " + last_line(program.tail) + "\n" + program.tail;
    if (text.back() != '\n') text += '\n';
  }
  return text;
}

}  // namespace testbed
