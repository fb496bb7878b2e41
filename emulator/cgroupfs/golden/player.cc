#include "emulator/cgroupfs/golden/player.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <sstream>

#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/files.h"

namespace testbed::golden {
namespace {

constexpr std::size_t kPart = 65536;
constexpr std::size_t kMost = std::size_t{1} << 20;

int flags_of(const std::string& word) {
  if (word == "w") return O_WRONLY;
  if (word == "rw") return O_RDWR;
  if (word == "dir") return O_RDONLY | O_DIRECTORY;
  return O_RDONLY;
}

int mask_of(const std::string& word) { return word == "w" ? W_OK : word == "x" ? X_OK : R_OK; }

unsigned octal(const std::string& word) {
  return static_cast<unsigned>(std::strtoul(word.c_str(), nullptr, 8));
}

// Digits become '#'; equal words that follow each other become one, and so do equal lines: how many
// CPUs a machine has does not matter.
std::string form_of(const std::string& text) {
  std::string form, last_line;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::string shape, word, last_word;
    const auto flush = [&](char separator) {
      const std::string whole = word + separator;
      if (whole != last_word) shape += whole;
      last_word = whole;
      word.clear();
    };
    for (const char letter : line) {
      if (letter == ' ') {
        flush(' ');
      } else if (std::isdigit(static_cast<unsigned char>(letter)) == 0) {
        word += letter;
      } else if (!word.ends_with('#')) {
        word += '#';
      }
    }
    shape += word + "\n";
    if (shape != last_line) form += shape;
    last_line = shape;
  }
  return form;
}

// The group that the kernel says this process is in.
std::string own_group(const std::string& hierarchy) {
  std::istringstream lines(read_part("/proc/self/cgroup", 0, kPart));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    if (line.substr(first + 1, second - first - 1) == hierarchy) return line.substr(second + 2);
  }
  return "";
}

bool has_word(const std::string& text, const std::string& wanted) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

}  // namespace

Player::Player(Tree& tree, const Script& script, std::string name, bool enable)
    : tree_(tree), script_(script), name_(std::move(name)), enable_(enable) {}

Result<std::vector<Row>> Player::play() {
  const bool v1 = script_.layout == "v1";
  const auto machine = [&](const char* file, const std::string& otherwise) {
    const Answer answer = read_all(file, kPart);
    std::string text = answer.text.substr(0, answer.text.find('\n'));
    return answer.error != 0 || text.empty() ? otherwise : text;
  };
  const int last_cpu = ::get_nprocs() - 1;
  cpus_ = machine(v1 ? "cpuset/cpuset.cpus" : "cpuset.cpus.effective",
                  last_cpu > 0 ? "0-" + std::to_string(last_cpu) : "0");
  mems_ = machine(v1 ? "cpuset/cpuset.mems" : "cpuset.mems.effective", "0");
  std::vector<Row> rows;
  for (const Section& section : script_.sections) {
    const auto prepared = prepare(section);
    if (!prepared) return prepared.error();
    if (!*prepared) continue;
    for (const Operation& operation : section.operations) rows.push_back(carry_out(operation));
    finish();
  }
  return rows;
}

Result<bool> Player::prepare(const Section& section) {
  root_ = script_.layout == "v1" ? section.controller + "/" : "";
  base_ = root_ + name_;
  group_ = base_ + "/" + section.name;
  if (tree_.mode(root_ + "cgroup.procs").error != 0) {
    if (root_.empty()) return Error{"this is no cgroup tree: it has no cgroup.procs"};
    return false;
  }
  for (const std::string& path : {base_, group_}) {
    if (path == group_ && root_.empty()) {
      if (const auto handed = hand_on(section.controller); !handed || !*handed) {
        finish();
        return handed;
      }
    }
    const Answer made = tree_.mkdir(path, 0755);
    if (made.error != 0) {
      return Error{"section " + section.name + ": mkdir " + path + ": " + errno_text(made.error)};
    }
  }
  return true;
}

// Every controller of "cpu+memory", from the root group to the run's, and from there to the
// section's.
Result<bool> Player::hand_on(const std::string& controllers) {
  std::istringstream names(controllers);
  for (std::string name; std::getline(names, name, '+');) {
    if (!has_word(read_all(base_ + "/cgroup.controllers", kPart).text, name)) {
      if (!enable_ || !has_word(read_all("cgroup.controllers", kPart).text, name)) return false;
    }
    for (const std::string& path : {std::string(), base_ + "/"}) {
      const std::string file = path + "cgroup.subtree_control";
      if (has_word(read_all(file, kPart).text, name)) continue;
      const Answer written =
          with_open(file, O_WRONLY, [&](long handle) { return tree_.write(handle, "+" + name); });
      if (written.error != 0) {
        return Error{"write +" + name + " to " + file + ": " + errno_text(written.error)};
      }
    }
  }
  return true;
}

// Leaves nothing of the section.
void Player::finish() {
  for (const auto& [name, handle] : kept_) tree_.close(handle);
  kept_.clear();
  sleepers_.clear();
  // This process too, wherever in the section it was moved to.
  const std::string home = root_ + own_group(root_.substr(0, root_.find('/')));
  for (const std::string& path : {home + "/cgroup.procs", root_ + "cgroup.procs"}) {
    const Answer moved = with_open(path, O_WRONLY, [&](long handle) {
      return tree_.write(handle, std::to_string(::getpid()));
    });
    if (moved.error == 0) break;
  }
  remove_groups(base_);
}

void Player::remove_groups(const std::string& path) {
  std::istringstream lines(tree_.list(path).text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("d ")) remove_groups(path + "/" + line.substr(2));
  }
  // A process that was killed just now may still be counted.
  for (int i = 0; i < 100 && tree_.rmdir(path).error == EBUSY; ++i) ::usleep(10'000);
}

Row Player::carry_out(const Operation& operation) {
  const auto work = [&] {
    const Answer answer = perform(operation);
    Row row{.id = operation.id};
    if (answer.error != 0) row.error = errno_name(answer.error);
    row.result = std::max(0L, answer.result);
    // A process id has as many digits as it happens to have.
    const bool names_a_process = operation.words.size() > 1 && operation.words[1].starts_with("$");
    if (names_a_process && row.result != 0) row.result = 1;
    row.value = normalised(operation, answer.text);
    after_write(operation, row);
    return row;
  };
  if (!operation.as_user) return work();
  const std::string text = tree_.as_user([&] { return to_line(to_json(work())); });
  const auto value = parse_json(text);
  auto row = value ? row_from_json(*value) : Result<Row>(value.error());
  if (!row) return {.id = operation.id, .error = "LOST"};
  return std::move(row).value();
}

Answer Player::perform(const Operation& operation) {
  const std::vector<std::string>& words = operation.words;
  const std::string path = path_of(words[0]);
  const auto second = [&] { return filled(words.at(1)); };
  const auto number = [&](std::size_t at) { return std::atol(words.at(at).c_str()); };
  const auto without_result = [](Answer answer) {
    answer.result = 0;
    return answer;
  };
  switch (operation.verb) {
    case Verb::Read:
      return read_all(path, kPart);
    case Verb::Parts:
      return read_all(path, static_cast<std::size_t>(number(1)));
    case Verb::ReadAt:
      return without_result(with_open(path, O_RDONLY, [&](long handle) {
        return tree_.read_at(handle, static_cast<std::size_t>(number(2)), number(1));
      }));
    case Verb::Write:
    case Verb::WriteAt:
    case Verb::WriteTwice:
    case Verb::Append:
    case Verb::Trunc:
      return write_to(operation, path);
    case Verb::Truncate:
      return tree_.truncate(path, number(1));
    case Verb::Open:
      return with_open(path, flags_of(words[1]), [](long) { return Answer{}; });
    case Verb::Mode:
      return tree_.mode(path);
    case Verb::Size:
      return tree_.size(path);
    case Verb::List:
      return tree_.list(path);
    case Verb::Mkdir:
      return tree_.mkdir(path, words.size() > 1 ? octal(words[1]) : 0755);
    case Verb::Rmdir:
      return tree_.rmdir(path);
    case Verb::Rename:
      return tree_.rename(path, path_of(words[1]));
    case Verb::Unlink:
      return tree_.unlink(path);
    case Verb::Create:
      return with_open(path, O_WRONLY | O_CREAT, [](long) { return Answer{}; });
    case Verb::Symlink:
      return tree_.symlink(path, second());
    case Verb::Link:
      return tree_.link(path, path_of(words[1]));
    case Verb::Mknod:
      return tree_.mknod(path);
    case Verb::Chmod:
      return tree_.chmod(path, octal(words[1]));
    case Verb::Chown:
      return tree_.chown(path, static_cast<unsigned>(number(1)), static_cast<unsigned>(number(2)));
    case Verb::Access:
      return tree_.access(path, mask_of(words[1]));
    case Verb::GetXattr:
      return without_result(tree_.getxattr(path, words[1]));
    case Verb::SetXattr:
      return tree_.setxattr(path, words[1], words[2]);
    case Verb::Keep: {
      Answer answer = tree_.open(path, flags_of(words[2]));
      if (answer.error == 0) kept_[words[1]] = answer.result;
      return without_result(answer);
    }
    case Verb::ReadKept: {
      const auto kept = kept_.find(words[0]);
      if (kept == kept_.end()) return {.error = EBADF};
      return without_result(tree_.read_at(kept->second, kPart, 0));
    }
    case Verb::WriteKept: {
      const auto kept = kept_.find(words[0]);
      if (kept == kept_.end()) return {.error = EBADF};
      return tree_.write(kept->second, second());
    }
    case Verb::CloseKept: {
      const auto kept = kept_.extract(words[0]);
      return kept ? tree_.close(kept.mapped()) : Answer{.error = EBADF};
    }
    case Verb::Spawn: {
      auto sleeper = Sleeper::start();
      if (!sleeper) return {.error = EAGAIN};
      sleepers_.emplace(words[0], std::move(sleeper).value());
      return {};
    }
    case Verb::End:
      sleepers_.erase(words[0]);
      return {};
    case Verb::Zombie:
      if (const auto at = sleepers_.find(words[0]); at != sleepers_.end())
        at->second.leave_zombie();
      return {};
  }
  return {.error = ENOSYS};
}

Answer Player::with_open(const std::string& path, int flags,
                         const std::function<Answer(long)>& work) {
  const Answer opened = tree_.open(path, flags);
  if (opened.error != 0) return opened;
  Answer answer = work(opened.result);
  const Answer closed = tree_.close(opened.result);
  return answer.error == 0 && closed.error != 0 ? closed : answer;
}

Answer Player::read_all(const std::string& path, std::size_t part) {
  return with_open(path, O_RDONLY, [&](long handle) {
    Answer all;
    while (all.text.size() < kMost) {
      const Answer answer = tree_.read(handle, part);
      if (answer.error != 0) return answer;
      if (answer.result == 0) break;
      all.text += answer.text;
    }
    return all;
  });
}

Answer Player::write_to(const Operation& operation, const std::string& path) {
  const int more = operation.verb == Verb::Append  ? O_APPEND
                   : operation.verb == Verb::Trunc ? O_TRUNC
                                                   : 0;
  return with_open(path, O_WRONLY | more, [&](long handle) {
    const std::vector<std::string>& words = operation.words;
    if (operation.verb == Verb::WriteAt) {
      return tree_.write_at(handle, filled(words[2]), std::atol(words[1].c_str()));
    }
    Answer answer = tree_.write(handle, filled(words[1]));
    if (operation.verb != Verb::WriteTwice || answer.error != 0) return answer;
    const Answer next = tree_.write(handle, filled(words[2]));
    return Answer{.error = next.error, .result = answer.result + std::max(0L, next.result)};
  });
}

// What the file holds now: a write is right only if that is.
void Player::after_write(const Operation& operation, Row& row) {
  switch (operation.verb) {
    case Verb::Write:
    case Verb::WriteAt:
    case Verb::WriteTwice:
    case Verb::Append:
    case Verb::Trunc:
    case Verb::Truncate:
      break;
    default:
      return;
  }
  const Answer now = read_all(path_of(operation.words[0]), kPart);
  row.value = now.error != 0 ? "(" + errno_name(now.error) + ")" : normalised(operation, now.text);
}

std::string Player::path_of(const std::string& word) const {
  if (word == ".") return group_;
  if (word == "^") return base_;
  if (word.starts_with("^/")) return base_ + word.substr(1);
  if (word.starts_with("/")) return root_ + word.substr(1);
  return group_ + "/" + word;
}

std::string Player::filled(const std::string& word) const {
  if (!word.starts_with("$")) return word;
  const std::string name = word.substr(1, word.find_first_of(".\n") - 1);
  const std::string rest = word.substr(1 + name.size());
  if (name == "CPUS") return cpus_ + rest;
  if (name == "MEMS") return mems_ + rest;
  if (name == "SELF") return std::to_string(::getpid()) + rest;
  const auto found = sleepers_.find(name);
  if (found == sleepers_.end()) return word;
  if (rest.starts_with(".thread")) return std::to_string(found->second.thread());
  return std::to_string(found->second.pid()) + rest;
}

std::string Player::normalised(const Operation& operation, std::string text) const {
  if (operation.content == Content::Volatile) return form_of(text);
  if (operation.file.find("cpus") != std::string::npos && text == cpus_ + "\n") return "$CPUS\n";
  if (operation.file.find("mems") != std::string::npos && text == mems_ + "\n") return "$MEMS\n";
  // Elsewhere a number is a value, even if it is some process's too.
  const auto lists = [&](std::string_view what) {
    return operation.file.find(what) != std::string::npos ||
           operation.words[0].find(what) != std::string::npos;
  };
  if (!lists("procs") && !lists("tasks") && !lists("threads")) return text;
  std::map<std::string, std::string> names{{std::to_string(::getpid()), "$SELF"}};
  for (const auto& [name, sleeper] : sleepers_) {
    names[std::to_string(sleeper.pid())] = "$" + name;
    names[std::to_string(sleeper.thread())] = "$" + name + ".thread";
  }
  std::string result, number;
  const auto flush = [&] {
    const auto known = names.find(number);
    result += known == names.end() ? number : known->second;
    number.clear();
  };
  for (const char letter : text) {
    if (std::isdigit(static_cast<unsigned char>(letter)) != 0) {
      number += letter;
      continue;
    }
    flush();
    result += letter;
  }
  flush();
  // In what order v2 lists members is not defined.
  std::vector<std::string> lines;
  std::istringstream parts(result);
  for (std::string line; std::getline(parts, line);) lines.push_back(line + "\n");
  std::sort(lines.begin(), lines.end());
  result.clear();
  for (const std::string& line : lines) result += line;
  return result;
}

}  // namespace testbed::golden
