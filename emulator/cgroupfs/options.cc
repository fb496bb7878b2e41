#include "emulator/cgroupfs/options.h"

#include <charconv>
#include <functional>
#include <map>

#include "emulator/cgroupfs/request.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::cgroupfs {
namespace {

constexpr char kHelp[] =
    R"(usage: cgroupfs [OPTION]... MOUNTPOINT

Mounts a FUSE file system with the directories and files of cgroup v1 and serves it until it is
unmounted or gets SIGTERM or SIGINT.

  --make-dir              make MOUNTPOINT if it is absent
  --default-permissions   mount option: the kernel checks permissions and sends no ACCESS
  --allow-other           mount option: other users may enter
  --only NAME[,NAME]      register only these handlers (lookup is always one of them)
  --without NAME[,NAME]   leave these handlers out; libfuse answers ENOSYS to most of them
  --layout v1             one directory per v1 controller (the only layout) [v1]
  --threads N             threads that serve requests, 1 to 64 [4]
  --timeout-ms N          how long names and attributes may be cached [0]
  --journal PATH          append one line of JSON per request
  --ready-fd N            write "ready MOUNTPOINT" to this descriptor once INIT was answered
  --ready-file PATH       make this file then
  --fail OP=ERRNO[@N]     answer ERRNO to every OP, or to the N-th only; may be repeated
  --die-after N           exit with 70 once N requests after INIT were answered
  --help, --version

Handlers: )";

constexpr char kExamples[] = R"(

Examples:
  cgroupfs --make-dir --journal /tmp/fuse.ndjson /tmp/cg
  cgroupfs --only getattr,readdir,open,read,statfs --default-permissions /tmp/cg
  cgroupfs --without access,flush /tmp/cg
  cgroupfs --fail read=EIO@3 --die-after 100 /tmp/cg

Exit codes: 0 unmounted or told to end; 64 wrong usage; 65 bad value; 69 no FUSE here;
70 internal error, or --die-after; 77 not permitted to mount.)";

constexpr int kLastErrno = 133;  // gVisor up to 20240807 may panic at what Linux does not know

std::string joined_handlers() {
  std::string text;
  for (const std::string& name : all_handlers()) text += (text.empty() ? "" : " ") + name;
  return text;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return parts;
}

Result<std::uint64_t> number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const stop = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), stop, value);
  if (error == std::errc() && end == stop && value >= least && value <= most) return value;
  return Error{"'" + std::string(text) + "' is not a number from " + std::to_string(least) +
               " to " + std::to_string(most)};
}

Result<std::set<std::string>> handler_names(std::string_view list) {
  std::set<std::string> names;
  for (const std::string& name : split(list)) {
    if (!all_handlers().contains(name))
      return Error{"no handler is called '" + name + "'; there are " + joined_handlers()};
    names.insert(name);
  }
  return names;
}

Result<int> errno_of(const std::string& name) {
  for (int error = 1; error <= kLastErrno; ++error)
    if (errno_name(error) == name) return error;
  return Error{"'" + name + "' is not the name of a Linux errno"};
}

Result<Failure> failure(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return Error{"'" + text + "' is not OP=ERRNO[@N]"};
  Failure failure;
  failure.opcode = find_opcode(text.substr(0, equals));
  if (failure.opcode == 0)
    return Error{"no FUSE operation is called '" + text.substr(0, equals) + "'"};
  const std::size_t at = text.find('@', equals);
  failure.error = TRY(errno_of(text.substr(equals + 1, at - equals - 1)));
  if (at != std::string::npos) failure.only = TRY(number(text.substr(at + 1), 1, UINT64_MAX));
  return failure;
}

using Setter = std::function<Result<>(Options&, const std::string&)>;

Setter natural(std::uint64_t least, std::uint64_t most, void (*set)(Options&, std::uint64_t)) {
  return [=](Options& options, const std::string& value) -> Result<> {
    set(options, TRY(number(value, least, most)));
    return {};
  };
}

Result<> set_only(Options& options, const std::string& value) {
  options.handlers = TRY(handler_names(value));
  options.handlers.insert("lookup");
  return {};
}

Result<> set_without(Options& options, const std::string& value) {
  for (const std::string& name : TRY(handler_names(value))) {
    if (name == "lookup") return Error{"lookup cannot be left out: getattr needs it"};
    options.handlers.erase(name);
  }
  return {};
}

Result<> set_layout(Options&, const std::string& value) {
  if (value == "v1") return {};
  return Error{"no layout is called '" + value + "'; there is v1"};
}

const std::map<std::string, Setter>& settings() {
  static const std::map<std::string, Setter> kSettings = {
      {"--only", set_only},
      {"--without", set_without},
      {"--layout", set_layout},
      {"--threads",
       natural(1, 64, [](Options& o, auto n) { o.threads = static_cast<unsigned>(n); })},
      {"--timeout-ms",
       natural(0, 86400000, [](Options& o, auto n) { o.timeout_ms = static_cast<unsigned>(n); })},
      {"--journal",
       [](Options& o, const std::string& v) -> Result<> { return o.journal = v, Result<>(); }},
      {"--ready-fd",
       natural(0, 1 << 20, [](Options& o, auto n) { o.ready.fd = static_cast<int>(n); })},
      {"--ready-file",
       [](Options& o, const std::string& v) -> Result<> { return o.ready.file = v, Result<>(); }},
      {"--fail",
       [](Options& o, const std::string& v) -> Result<> {
         return o.failures.push_back(TRY(failure(v))), Result<>();
       }},
      {"--die-after", natural(1, UINT64_MAX, [](Options& o, auto n) { o.die_after = n; })},
  };
  return kSettings;
}

bool* flag(Options& options, const std::string& name) {
  if (name == "--make-dir") return &options.make_dir;
  if (name == "--default-permissions") return &options.default_permissions;
  if (name == "--allow-other") return &options.allow_other;
  return nullptr;
}

CommandLine refused(int code, const std::string& message) {
  return {.code = code, .text = "cgroupfs: " + message + "; see cgroupfs --help"};
}

}  // namespace

const std::set<std::string>& all_handlers() {
  static const std::set<std::string> kHandlers = {
      "lookup",  "getattr", "setattr", "access",  "open",   "read",       "write",    "flush",
      "release", "fsync",   "opendir", "readdir", "statfs", "releasedir", "mkdir",    "rmdir",
      "unlink",  "create",  "mknod",   "rename",  "link",   "symlink",    "getxattr", "listxattr"};
  return kHandlers;
}

CommandLine parse_command_line(const std::vector<std::string>& words) {
  Options options;
  options.handlers = all_handlers();
  std::string left_out;  // --without counts last, whatever the order
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--help") return {.text = kHelp + joined_handlers() + kExamples};
    if (words[i] == "--version") return {.text = "cgroupfs " TESTBED_VERSION};
    if (bool* set = flag(options, words[i])) {
      *set = true;
    } else if (words[i].compare(0, 1, "-") != 0) {
      if (!options.mountpoint.empty()) return refused(kUsage, "more than one MOUNTPOINT");
      options.mountpoint = words[i];
    } else {
      const std::size_t equals = words[i].find('=');
      const std::string name = words[i].substr(0, equals);
      const auto setting = settings().find(name);
      if (setting == settings().end()) return refused(kUsage, "unknown option " + name);
      if (equals == std::string::npos && i + 1 == words.size())
        return refused(kUsage, name + " wants a value");
      const std::string value =
          equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
      if (name == "--without") left_out += value + ",";
      Result<> done = setting->second(options, value);
      if (!done) return refused(kBadValue, name + ": " + done.error().message);
    }
  }
  if (options.mountpoint.empty()) return refused(kUsage, "no MOUNTPOINT");
  (void)set_without(options, left_out);
  return {.options = std::move(options)};
}

}  // namespace testbed::cgroupfs
