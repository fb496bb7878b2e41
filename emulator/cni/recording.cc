#include "emulator/cni/recording.h"

#include <unistd.h>

#include "emulator/journal/journal.h"

namespace testbed::cni {
namespace {

// The journal's place, also of a request that could not be read as a whole.
fs::path place(const Call& call, const char* key) {
  const auto parsed = parse_json(call.input);
  if (!parsed || !parsed->is_object()) return {};
  const fs::path path = text_or(parsed->get_object(), key);
  return path.is_absolute() ? path : fs::path();
}

std::string value_of(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

JsonLine line_of(const Call& call) {
  JsonLine line;
  line.text("op", value_of(call.environment, "CNI_COMMAND"));
  line.text("container", value_of(call.environment, "CNI_CONTAINERID"));
  line.text("ifname", value_of(call.environment, "CNI_IFNAME"));
  line.text("netns", value_of(call.environment, "CNI_NETNS"));
  line.text("args", value_of(call.environment, "CNI_ARGS"));
  line.number("pid", ::getpid()).number("us", call.duration.count());
  if (call.request) {
    line.text("network", call.request->config.name);
    line.text("mode", name_of(call.request->config.mode));
  }
  const auto answer = parse_json(call.reply.out);
  const json::object* object = answer && answer->is_object() ? &answer->get_object() : nullptr;
  if (call.reply.exit_code == 0) {
    line.null("errno");
  } else {
    line.number("errno", object ? number_or(*object, "code") : -1);
    line.text("msg", object ? text_or(*object, "msg") : "");
  }
  if (object) {
    line.raw("answer", to_line(*object));
  } else {
    line.text("answer", call.reply.out);
  }
  return line;
}

json::object recorded_form(const Call& call) {
  json::object environment;
  for (const auto& [name, value] : call.environment) environment[name] = value;
  return {{"program", call.program},
          {"environment", environment},
          {"input", call.input},
          {"out", call.reply.out},
          {"exitCode", call.reply.exit_code}};
}

// Names sort in the order of the calls.
std::string name_for(const Call& call) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return std::to_string(micros) + "-" + std::to_string(::getpid()) + "-" +
         value_of(call.environment, "CNI_COMMAND") + ".json";
}

}  // namespace

void record_call(const Call& call) {
  if (const fs::path path = place(call, "journal"); !path.empty()) {
    auto journal = Journal::open(path);
    if (journal) journal->write(line_of(call));
  }
  if (const fs::path folder = place(call, "record"); !folder.empty()) {
    if (make_directories(folder)) {
      (void)write_file_atomically(folder / name_for(call), to_pretty(recorded_form(call)));
    }
  }
}

Answer<Recorded> read_recorded(const fs::path& file) {
  const std::string text = TRY(or_fail(Code::IoFailure, read_file(file)));
  const auto parsed = TRY(or_fail(Code::Undecodable, parse_json(text)));
  const auto bad = [&] {
    return Failure{.code = Code::Undecodable, .msg = file.string() + " is no recorded call"};
  };
  if (!parsed.is_object()) return bad();
  const json::object& object = parsed.get_object();
  const json::value* environment = object.if_contains("environment");
  if (!environment || !environment->is_object()) return bad();
  Recorded recorded{.environment = {},
                    .input = text_or(object, "input"),
                    .program = text_or(object, "program"),
                    .reply = {.out = text_or(object, "out"),
                              .exit_code = static_cast<int>(number_or(object, "exitCode"))}};
  for (const auto& [name, value] : environment->get_object()) {
    if (value.is_string()) recorded.environment[name] = std::string(value.get_string());
  }
  return recorded;
}

}  // namespace testbed::cni
