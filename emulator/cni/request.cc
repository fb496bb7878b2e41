#include "emulator/cni/request.h"

#include <algorithm>
#include <array>

#include "emulator/cni/names.h"

namespace testbed::cni {
namespace {

enum Needs : unsigned { kContainer = 1, kNetns = 2, kIfname = 4, kPath = 8 };

struct VerbRow {
  Verb verb;
  const char* name;
  const char* since;  // the first configuration version that has the verb
  unsigned needs;
};

constexpr std::array kVerbs = {
    VerbRow{Verb::Add, "ADD", "0.1.0", kContainer | kNetns | kIfname},
    VerbRow{Verb::Del, "DEL", "0.1.0", kContainer | kIfname},
    VerbRow{Verb::Check, "CHECK", "0.4.0", kContainer | kNetns | kIfname},
    VerbRow{Verb::Gc, "GC", "1.1.0", kPath},
    VerbRow{Verb::Status, "STATUS", "1.1.0", 0},
    // Any program may ask for it, with any version.
    VerbRow{Verb::Version, "VERSION", "", 0},
};

const VerbRow* find_verb(std::string_view name) {
  const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                  [&](const VerbRow& row) { return row.name == name; });
  return found == kVerbs.end() ? nullptr : &*found;
}

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

Failure bad_environment(std::string msg) {
  return {.code = Code::InvalidEnvironment, .msg = std::move(msg)};
}

Answer<> check_present(const Environment& environment, unsigned needs) {
  std::string missing;
  for (const auto& [bit, name] : {std::pair{kContainer, "CNI_CONTAINERID"},
                                  {kNetns, "CNI_NETNS"},
                                  {kIfname, "CNI_IFNAME"},
                                  {kPath, "CNI_PATH"}}) {
    if ((needs & bit) == 0 || !value_of(environment, name).empty()) continue;
    missing += (missing.empty() ? "" : ",") + std::string(name);
  }
  if (missing.empty()) return {};
  return bad_environment("required env variables [" + missing + "] missing");
}

Answer<> check_names(const Attachment& attachment) {
  if (!attachment.container_id.empty() && !is_identifier(attachment.container_id)) {
    return bad_environment("invalid characters in CNI_CONTAINERID: \"" +
                           printable_start(attachment.container_id) +
                           "\" is not [A-Za-z0-9][A-Za-z0-9_.-]*");
  }
  if (attachment.ifname.empty()) return {};
  const std::string wrong = wrong_interface_name(attachment.ifname);
  if (wrong.empty()) return {};
  return bad_environment("CNI_IFNAME: " + wrong);
}

// "K=V;K=V". Every key is welcome, whatever IgnoreUnknown says: runtimes send many.
Answer<std::map<std::string, std::string>> read_args(std::string_view text) {
  std::map<std::string, std::string> args;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return bad_environment("CNI_ARGS: \"" + printable_start(pair) + "\" is not KEY=VALUE");
    }
    args.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return args;
}

Answer<json::object> read_input(std::string_view input) {
  auto parsed = parse_json(input);
  if (!parsed) {
    return Failure{.code = Code::Undecodable,
                   .msg = "error parsing configuration",
                   .details = std::move(parsed).error().message};
  }
  if (!parsed->is_object()) {
    return Failure{.code = Code::Undecodable, .msg = "the configuration is not a JSON object"};
  }
  return std::move(parsed->as_object());
}

Answer<> check_version(const VerbRow& row, const std::string& version) {
  std::string supported;
  for (const std::string& one : supported_versions()) supported += " " + one;
  if (!is_supported(version)) {
    return Failure{
        .code = Code::IncompatibleVersion,
        .msg = "incompatible CNI versions",
        .details = "config is \"" + printable_start(version) + "\", plugin supports" + supported};
  }
  if (at_least(version, row.since)) return {};
  return Failure{
      .code = Code::IncompatibleVersion,
      .msg = "config version does not allow " + std::string(row.name),
      .details = "config is \"" + version + "\", " + row.name + " exists since " + row.since};
}

// libcni writes null for an empty list, leaves the key out when its caller named no attachments
// (both mean that none is valid), and repeats it under the name of an older text of the
// specification.
Answer<std::vector<Attachment>> read_valid(const json::object& input) {
  const json::value* list = input.if_contains("cni.dev/valid-attachments");
  if (!list) list = input.if_contains("cni.dev/attachments");
  std::vector<Attachment> valid;
  if (!list || list->is_null()) return valid;
  if (!list->is_array()) {
    return Failure{.code = Code::InvalidConfig,
                   .msg = "invalid network config",
                   .details = "cni.dev/valid-attachments: is not a list"};
  }
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) continue;
    const json::object& object = item.get_object();
    valid.push_back({text_or(object, "containerID"), text_or(object, "ifname")});
  }
  return valid;
}

Answer<> read_previous(const json::object& input, Request& request) {
  const json::value* previous = input.if_contains("prevResult");
  if (!previous || previous->is_null()) {
    if (request.verb != Verb::Check) return {};
    return Failure{.code = Code::InvalidConfig, .msg = "required prevResult missing"};
  }
  auto read = read_success(*previous, request.config.version);
  if (read) {
    request.previous = std::move(read).value();
  } else if (request.verb != Verb::Del) {  // DEL goes on with what it knows itself
    return std::move(read).error();
  }
  return {};
}

}  // namespace

std::string_view name_of(Verb verb) {
  for (const VerbRow& row : kVerbs) {
    if (row.verb == verb) return row.name;
  }
  return "";
}

Answer<Request> read_request(const Environment& environment, std::string_view input,
                             std::string_view program) {
  const std::string command = value_of(environment, "CNI_COMMAND");
  const VerbRow* row = find_verb(command);
  if (!row) return bad_environment("unknown CNI_COMMAND: \"" + printable_start(command) + "\"");
  TRY(check_present(environment, row->needs));
  Request request{.verb = row->verb};
  request.attachment = {value_of(environment, "CNI_CONTAINERID"),
                        value_of(environment, "CNI_IFNAME")};
  request.netns = value_of(environment, "CNI_NETNS");
  request.path = value_of(environment, "CNI_PATH");
  const json::object source = TRY(read_input(input));
  if (row->verb == Verb::Version) {
    request.config.version = text_or(source, "cniVersion", supported_versions().front());
    return request;
  }
  TRY(check_names(request.attachment));
  request.args = TRY(read_args(value_of(environment, "CNI_ARGS")));
  TRY(check_version(*row, text_or(source, "cniVersion", request.config.version)));
  request.config = TRY(read_config(source, program, request.args));
  TRY(read_previous(source, request));
  if (row->verb == Verb::Gc) request.valid = TRY(read_valid(source));
  return request;
}

std::string version_to_answer(std::string_view input) {
  const auto parsed = parse_json(input);
  if (parsed && parsed->is_object()) {
    const std::string version = text_or(parsed->get_object(), "cniVersion");
    if (is_supported(version)) return version;
  }
  return supported_versions().back();
}

}  // namespace testbed::cni
