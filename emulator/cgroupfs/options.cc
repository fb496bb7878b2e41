#include "emulator/cgroupfs/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>

#include "emulator/cgroupfs/request.h"
#include "orchestrator/base/errno_name.h"

namespace testbed {
namespace {

constexpr std::array<std::string_view, 26> kHandlers{
    "lookup",  "getattr",  "setattr",   "access",   "open",    "read",       "write",
    "flush",   "release",  "fsync",     "opendir",  "readdir", "releasedir", "statfs",
    "mkdir",   "rmdir",    "unlink",    "create",   "mknod",   "rename",     "link",
    "symlink", "getxattr", "listxattr", "readlink", "poll"};

constexpr int kMaxErrno = 133;  // the kernel takes no other as an answer, and gVisor once panicked

// The options, and what they are made of once all are known.
struct Parsing : Options {
  PlanWish wish{};
  std::string mounts{};
};

// Empty, or what is wrong with the value.
using Apply = std::string (*)(Parsing&, const std::string& value);

std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number <= most ? std::optional(number) : std::nullopt;
}

template <class Number>
std::string set_number(Number& target, const std::string& value, std::uint64_t least,
                       std::uint64_t most) {
  const auto number = number_in(value, most);
  if (!number || *number < least) {
    return "not a number from " + std::to_string(least) + " to " + std::to_string(most);
  }
  target = static_cast<Number>(*number);
  return "";
}

// The wrong ones, or nothing.
std::string read_handlers(const std::string& value, Handlers& handlers) {
  std::string wrong;
  std::istringstream names(value);
  for (std::string name; std::getline(names, name, ',');) {
    if (name.empty()) continue;
    if (std::find(kHandlers.begin(), kHandlers.end(), name) == kHandlers.end()) {
      wrong += (wrong.empty() ? "no handler is named " : ", ") + name;
    }
    handlers.insert(name);
  }
  return wrong;
}

std::string apply_only(Parsing& options, const std::string& value) {
  options.handlers = {"lookup"};
  return read_handlers(value, options.handlers);
}

std::string apply_without(Parsing& options, const std::string& value) {
  Handlers removed;
  std::string wrong = read_handlers(value, removed);
  if (removed.contains("lookup")) return "lookup cannot be left out: nothing works without it";
  for (const auto& name : removed) options.handlers.erase(name);
  return wrong;
}

int errno_named(std::string_view name) {
  for (int error = 1; error <= kMaxErrno; ++error) {
    if (errno_name(error) == name) return error;
  }
  return 0;
}

std::string apply_fail(Parsing& options, const std::string& value) {
  const auto equals = value.find('=');
  if (equals == std::string::npos) return "not of the form OP=ERRNO or OP=ERRNO@N";
  const auto at = value.find('@', equals);
  const std::string name = value.substr(equals + 1, at == std::string::npos ? at : at - equals - 1);
  const auto opcode = find_opcode(value.substr(0, equals));
  if (!opcode || !expects_answer(*opcode)) return "no such request: " + value.substr(0, equals);
  Fault fault{.opcode = *opcode, .error = errno_named(name)};
  if (fault.error == 0) return "no such errno: " + name;
  if (at != std::string::npos) {
    const auto nth = number_in(std::string_view(value).substr(at + 1), UINT32_MAX);
    if (!nth || *nth == 0) return "not a number from 1: " + value.substr(at + 1);
    fault.nth = *nth;
  }
  options.faults.push_back(fault);
  return "";
}

std::vector<std::string> names_in(const std::string& value) {
  std::vector<std::string> found;
  std::istringstream names(value);
  for (std::string name; std::getline(names, name, ',');) {
    if (!name.empty()) found.push_back(name);
  }
  return found;
}

struct Option {
  std::string_view name;
  bool takes_value;
  Apply apply;
};

constexpr auto kOptions = std::to_array<Option>({
    {"--make-dir", false,
     [](Parsing& o, const std::string&) {
       o.make_dir = true;
       return std::string();
     }},
    {"--default-permissions", false,
     [](Parsing& o, const std::string&) {
       o.default_permissions = true;
       return std::string();
     }},
    {"--report-only", false,
     [](Parsing& o, const std::string&) {
       o.report_only = true;
       return std::string();
     }},
    {"--allow-other", false,
     [](Parsing& o, const std::string&) {
       o.allow_other = true;
       return std::string();
     }},
    {"--only", true, apply_only},
    {"--without", true, apply_without},
    {"--layout", true,
     [](Parsing& o, const std::string& value) {
       o.wish.layout = value;
       return plan_for({.layout = value}).wrong;
     }},
    {"--controllers", true,
     [](Parsing& o, const std::string& value) {
       o.wish.controllers = names_in(value);
       return std::string(o.wish.controllers.empty() ? "no name is given" : "");
     }},
    {"--comount", true,
     [](Parsing& o, const std::string& value) {
       o.wish.comounts.push_back(names_in(value));
       return std::string();
     }},
    {"--mounts", true,
     [](Parsing& o, const std::string& value) {
       o.mounts = value;
       return std::string(value == "separate" || value == "single" ? ""
                                                                    : "it is separate or single");
     }},
    {"--extra", true,
     [](Parsing& o, const std::string& value) {
       o.extra = value;
       return std::string();
     }},
    {"--shown-at", true,
     [](Parsing& o, const std::string& value) {
       o.shown_at = value;
       return std::string(value.starts_with('/') ? "" : "not an absolute path");
     }},
    {"--threads", true,
     [](Parsing& o, const std::string& value) { return set_number(o.threads, value, 1, 64); }},
    {"--timeout-ms", true,
     [](Parsing& o, const std::string& value) {
       return set_number(o.timeout_ms, value, 0, UINT32_MAX);
     }},
    {"--journal", true,
     [](Parsing& o, const std::string& value) {
       o.journal = value;
       return std::string();
     }},
    {"--control", true,
     [](Parsing& o, const std::string& value) {
       o.control = value;
       return std::string();
     }},
    {"--ready-fd", true,
     [](Parsing& o, const std::string& value) {
       return set_number(o.ready.fd, value, 0, 1 << 20);
     }},
    {"--ready-file", true,
     [](Parsing& o, const std::string& value) {
       o.ready.path = value;
       return std::string();
     }},
    {"--fail", true, apply_fail},
    {"--die-after", true,
     [](Parsing& o, const std::string& value) {
       return set_number(o.die_after, value, 1, UINT32_MAX);
     }},
    {"--help", false,
     [](Parsing& o, const std::string&) {
       o.help = true;
       return std::string();
     }},
    {"--version", false,
     [](Parsing& o, const std::string&) {
       o.version = true;
       return std::string();
     }},
});

class Parser {
 public:
  explicit Parser(std::span<const std::string> arguments) : arguments_(arguments) {
    options_.handlers.insert(kHandlers.begin(), kHandlers.end());
  }

  ParsedOptions parse() {
    for (; next_ < arguments_.size(); ++next_) {
      const std::string& word = arguments_[next_];
      word.starts_with("-") ? take_option(word) : take_mountpoint(word);
    }
    if (options_.mountpoint.empty() && !options_.help && !options_.version) {
      usage("no MOUNTPOINT was given");
    }
    if (errors_.empty()) plan();
    return {std::move(options_), std::move(errors_)};
  }

 private:
  void usage(std::string message) { errors_.push_back({kExitUsage, std::move(message)}); }

  // What follows from several options.
  void plan() {
    PlanReply reply = plan_for(options_.wish);
    if (!reply.wrong.empty()) errors_.push_back({kExitBadValue, reply.wrong});
    options_.plan = std::move(reply.plan);
    options_.separate_mounts = !options_.plan.top_is_root() && options_.mounts != "single";
    if (options_.threads == 0) options_.threads = options_.separate_mounts ? 2 : 4;
  }

  void take_mountpoint(const std::string& word) {
    if (!options_.mountpoint.empty()) return usage("more than one MOUNTPOINT: " + word);
    options_.mountpoint = word;
  }

  void take_option(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto row = std::find_if(kOptions.begin(), kOptions.end(),
                                  [&](const Option& option) { return option.name == name; });
    if (row == kOptions.end()) return usage("unknown option " + name);
    std::string value;
    if (equals != std::string::npos) {
      if (!row->takes_value) return usage(name + " takes no value");
      value = word.substr(equals + 1);
    } else if (row->takes_value) {
      if (next_ + 1 == arguments_.size()) return usage(name + " needs a value");
      value = arguments_[++next_];
    }
    const std::string wrong = row->apply(options_, value);
    if (!wrong.empty()) {
      errors_.push_back({kExitBadValue, name + " " + value + ": " + wrong});
    }
  }

  std::span<const std::string> arguments_;
  std::size_t next_ = 0;
  Parsing options_{};
  std::vector<Failure> errors_{};
};

}  // namespace

std::span<const std::string_view> handler_names() { return kHandlers; }

ParsedOptions parse_options(std::span<const std::string> arguments) {
  return Parser(arguments).parse();
}

}  // namespace testbed
