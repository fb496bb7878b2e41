#include "emulator/cgroupfs/control_commands.h"

#include <sys/types.h>

#include <array>
#include <charconv>
#include <sstream>

#include "emulator/cgroupfs/request.h"
#include "orchestrator/base/errno_name.h"
#include "orchestrator/base/json.h"

namespace testbed {
namespace {

using Answer = Result<json::object>;

constexpr std::int64_t kMostLines = 1000, kMostDelay = 600000;

int errno_named(std::string_view name) {
  constexpr int kMaxErrno = 133;
  for (int error = 1; error <= kMaxErrno; ++error) {
    if (errno_name(error) == name) return error;
  }
  return 0;
}

// A member that must be a number of that range if it is there.
Result<std::int64_t> number_in(const json::object& request, std::string_view key, std::int64_t most,
                               std::int64_t fallback = 0) {
  const json::value* value = request.if_contains(key);
  if (value == nullptr) return fallback;
  const std::int64_t* number = value->if_int64();
  if (number == nullptr || *number < 0 || *number > most) {
    return Error{std::string(key) + " is not a number from 0 to " + std::to_string(most)};
  }
  return *number;
}

Answer show_journal(const Controlled& controlled, const json::object& request) {
  const std::int64_t since = TRY(number_in(request, "since", INT64_MAX));
  const std::int64_t limit = TRY(number_in(request, "limit", kMostLines, kMostLines));
  json::array lines;
  std::int64_t next = since;
  for (const KeptLine& kept : controlled.journal.kept(since, static_cast<std::size_t>(limit))) {
    next = kept.seq;
    const auto line = parse_json(kept.text);
    if (line) lines.push_back(*line);
  }
  return json::object{{"lines", std::move(lines)}, {"next", next}};
}

Result<InjectedFault> fault_of(const json::object& request) {
  InjectedFault fault;
  fault.path = text_or(request, "path", "*");
  if (request.contains("op")) {
    const std::string op = text_or(request, "op");
    fault.opcode = find_opcode(op);
    if (!fault.opcode || !expects_answer(*fault.opcode)) return Error{"no such request: " + op};
  }
  if (request.contains("errno")) {
    const std::string name = text_or(request, "errno");
    fault.error = errno_named(name);
    if (fault.error == 0) return Error{"no such errno: " + name};
  }
  fault.delay = std::chrono::milliseconds(TRY(number_in(request, "delay_ms", kMostDelay)));
  fault.times = static_cast<std::uint64_t>(TRY(number_in(request, "times", INT64_MAX)));
  fault.death = flag_or(request, "death");
  if (request.contains("short")) {
    fault.short_read = static_cast<std::size_t>(TRY(number_in(request, "short", 1 << 20)));
  }
  if (fault.error == 0 && fault.delay.count() == 0 && !fault.death && !fault.short_read) {
    return Error{"what shall happen: errno, delay_ms, short or death"};
  }
  return fault;
}

Answer inject(const Controlled& controlled, const json::object& request) {
  const auto id = controlled.faults.add(TRY(fault_of(request)));
  return json::object{{"id", id}};
}

Answer remove(const Controlled& controlled, const json::object& request) {
  const std::int64_t id = TRY(number_in(request, "id", INT64_MAX));
  if (!controlled.faults.remove(static_cast<std::uint64_t>(id))) {
    return Error{"no fault has the number " + std::to_string(id)};
  }
  return json::object{};
}

Answer show_faults(const Controlled& controlled, const json::object&) {
  json::array faults;
  for (const InjectedFault& fault : controlled.faults.list()) {
    json::object row{{"id", fault.id}, {"path", valid_utf8(fault.path)}};
    if (fault.opcode) row["op"] = opcode_name(*fault.opcode);
    if (fault.error != 0) row["errno"] = errno_name(fault.error);
    if (fault.delay.count() > 0) row["delay_ms"] = fault.delay.count();
    if (fault.short_read) row["short"] = *fault.short_read;
    if (fault.death) row["death"] = true;
    if (fault.times != 0) row["times"] = fault.times;
    faults.push_back(std::move(row));
  }
  return json::object{{"faults", std::move(faults)}};
}

json::array members_of(FileTree& tree, NodeId directory) {
  json::array members;
  const auto file = tree.lookup(directory, "cgroup.procs");
  if (!file) return members;
  const auto text = tree.read(file->id, 0, 0, std::size_t{1} << 24, {});
  if (!text) return members;
  std::istringstream pids(*text);
  for (pid_t pid = 0; pids >> pid;) members.push_back(pid);
  return members;
}

void list_groups(FileTree& tree, NodeId directory, const std::string& path, json::array& groups) {
  if (tree.lookup(directory, "cgroup.procs")) {
    groups.push_back(json::object{{"path", valid_utf8(path.empty() ? "/" : path)},
                                  {"members", members_of(tree, directory)}});
  }
  const auto entries = tree.list(directory);
  if (!entries) return;  // removed meanwhile
  for (const Entry& entry : *entries) {
    if (entry.directory) list_groups(tree, entry.id, path + "/" + entry.name, groups);
  }
}

Answer show_groups(const Controlled& controlled, const json::object&) {
  json::array groups;
  list_groups(controlled.tree, kTop, "", groups);
  return json::object{{"groups", std::move(groups)}};
}

Answer show_statistics(const Controlled& controlled, const json::object&) {
  json::object operations;
  for (std::uint32_t opcode = 0; opcode < Statistics::kOpcodes; ++opcode) {
    const Statistics::Row& row = controlled.statistics.row(opcode);
    if (row.requests == 0) continue;
    operations[opcode_name(opcode)] = json::object{{"requests", row.requests.load()},
                                                   {"errors", row.errors.load()},
                                                   {"ns", row.nanoseconds.load()}};
  }
  return json::object{{"operations", std::move(operations)}};
}

struct Command {
  std::string_view name;
  Answer (*run)(const Controlled&, const json::object&);
};

constexpr std::array<Command, 6> kCommands{{{"journal", show_journal},
                                            {"inject", inject},
                                            {"remove", remove},
                                            {"faults", show_faults},
                                            {"groups", show_groups},
                                            {"statistics", show_statistics}}};

Answer run(const Controlled& controlled, std::string_view line) {
  const json::value request = TRY(parse_json(line));
  const json::object* object = request.if_object();
  if (object == nullptr) return Error{"not a JSON object"};
  const std::string name = text_or(*object, "command");
  std::string known;
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(controlled, *object);
    known += " " + std::string(command.name);
  }
  return Error{"no such command: " + name + "; there are" + known};
}

}  // namespace

std::string answer_control(const Controlled& controlled, std::string_view line) {
  auto answer = run(controlled, line);
  if (!answer) {
    return to_line(json::object{{"ok", false}, {"error", valid_utf8(answer.error().message)}});
  }
  json::object whole{{"ok", true}};
  for (auto& [key, value] : *answer) whole[key] = std::move(value);
  return to_line(whole);
}

}  // namespace testbed
