#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cni/config.h"

namespace testbed::cni {

enum class Verb { Add, Del, Check, Gc, Status, Version };

std::string_view name_of(Verb verb);

// One interface of one container in one network.
struct Attachment {
  std::string container_id;
  std::string ifname;

  bool operator==(const Attachment&) const = default;
};

using Environment = std::map<std::string, std::string>;

// What a runtime asks of the plugin (specification, section 2), checked.
struct Request {
  Verb verb{};
  Attachment attachment{};
  std::string netns{};  // path; may be empty for DEL
  std::map<std::string, std::string> args{};
  std::string path{};  // CNI_PATH
  Config config{};
  std::optional<Success> previous{};
  std::vector<Attachment> valid{};  // GC: all others are stale
};

// `program` is the name by which the plugin was called. VERSION needs no more of its input than a
// cniVersion.
Answer<Request> read_request(const Environment& environment, std::string_view input,
                             std::string_view program);

// The version to answer in: that of the input where it is a supported one, else the newest.
std::string version_to_answer(std::string_view input);

// How many bytes of configuration are read from standard input.
inline constexpr std::size_t kMaxInput = std::size_t{4} << 20;

}  // namespace testbed::cni
