#include "emulator/cni/plugin.h"

#include <chrono>

#include "emulator/cni/address_pool.h"
#include "emulator/cni/faults.h"
#include "emulator/cni/host_nat.h"
#include "emulator/cni/modes.h"
#include "emulator/cni/recording.h"

namespace testbed::cni {
namespace {

using Clock = std::chrono::steady_clock;

Answer<std::string> text_of(const json::object& object) { return to_pretty(object); }

Answer<std::string> version(const Request& request) {
  json::array supported;
  for (const std::string& one : supported_versions()) supported.emplace_back(one);
  return text_of({{"cniVersion", request.config.version}, {"supportedVersions", supported}});
}

bool is_listed(const std::vector<Attachment>& valid, const Attachment& owner) {
  for (const Attachment& one : valid) {
    if (one.container_id != owner.container_id) continue;
    if (owner.ifname.empty() || owner.ifname == one.ifname) return true;
  }
  return false;
}

// Goes on after an error, so that as much as can be is returned; all errors are one failure.
Answer<> collect_garbage(const Request& request, const ModeVerbs& verbs) {
  const Config& config = request.config;
  if (config.mode == Mode::Loopback) return {};
  std::vector<Held> held;
  {
    const AddressPool pool = TRY(AddressPool::open(config.ipam, config.name));
    held = pool.held();
  }
  std::string errors;
  for (const Held& one : held) {
    if (is_listed(request.valid, one.owner)) continue;
    const auto forgotten = verbs.forget(request, one.owner);
    if (!forgotten) errors += (errors.empty() ? "" : "; ") + forgotten.error().msg;
  }
  if (errors.empty()) return {};
  return Failure{
      .code = Code::IoFailure, .msg = "some stale attachments remain", .details = errors};
}

Answer<std::string> status(const Request& request, const ModeVerbs& verbs) {
  const Config& config = request.config;
  const auto unavailable = [](const std::string& why) {
    return Failure{.code = Code::NotAvailable, .msg = "plugin is not available", .details = why};
  };
  if (const std::string obstacle = verbs.obstacle(); !obstacle.empty())
    return unavailable(obstacle);
  json::object out{{"cniVersion", config.version}, {"mode", name_of(config.mode)}};
  if (config.mode != Mode::Loopback && !config.ipam.sets.empty()) {
    auto pool = AddressPool::open(config.ipam, config.name);
    if (!pool) return unavailable(pool.error().msg);
    for (const RangeSet& set : config.ipam.sets) {
      if (pool->free_of(set, 1) > 0) continue;
      return unavailable("no IP addresses available in " + set.front().subnet.text());
    }
    if (const auto writable = pool->check_writable(); !writable)
      return unavailable(writable.error().msg);
  }
  if (config.mode == Mode::Routed || config.mode == Mode::Bridge) {
    out["nat"] = nat_description(false);
    out["nat6"] = nat_description(true);
    out["forwarding"] = can_forward(false);
    out["forwarding6"] = can_forward(true);
  }
  return text_of(out);
}

Answer<std::string> carry_out(const Request& request) {
  if (request.verb == Verb::Version) return version(request);
  const ModeVerbs& verbs = verbs_of(request.config.mode);
  const auto silent = [](const Answer<>& done) -> Answer<std::string> {
    if (!done) return done.error();
    return std::string();
  };
  switch (request.verb) {
    case Verb::Add:
      return text_of(to_json(TRY(verbs.add(request)), request.config.version));
    case Verb::Del:
      return silent(verbs.del(request));
    case Verb::Check:
      return silent(verbs.check(request));
    case Verb::Gc:
      return silent(collect_garbage(request, verbs));
    case Verb::Status:
      return status(request, verbs);
    case Verb::Version:
      break;
  }
  return std::string();
}

Reply reply_of(const Answer<std::string>& answer, const std::string& version) {
  if (answer) return {.out = answer.value(), .exit_code = 0};
  return {.out = to_pretty(to_json(answer.error(), version)), .exit_code = 1};
}

}  // namespace

const ModeVerbs& verbs_of(Mode mode) {
  for (const ModeVerbs* verbs :
       {&kFakeMode, &kLoopbackMode, &kRoutedMode, &kBridgeMode, &kHostLocalMode}) {
    if (verbs->mode == mode) return *verbs;
  }
  return kFakeMode;
}

Reply answer_call(const Environment& environment, std::string_view input,
                  std::string_view program) {
  const auto begin = Clock::now();
  const auto request = read_request(environment, input, program);
  Reply reply;
  if (!request) {
    reply = reply_of(request.error(), version_to_answer(input));
  } else {
    const Config& config = request->config;
    auto spoilt = apply_before(*request);
    reply = reply_of(spoilt ? carry_out(*request) : Answer<std::string>(spoilt.error()),
                     is_supported(config.version) ? config.version : supported_versions().back());
    apply_after(*request, reply);
  }
  const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  record_call({.environment = environment,
               .input = input,
               .program = program,
               .request = request ? &*request : nullptr,
               .reply = reply,
               .duration = taken});
  return reply;
}

}  // namespace testbed::cni
