#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace testbed {

// The protocol between the agent (emulator/agent/README.md) and its owner; both sides use this
// file.
inline constexpr std::size_t kFramePayloadLimit = std::size_t{16} << 20;

// `KIND ID LENGTH\n` followed by LENGTH raw bytes.
struct Frame {
  std::string kind;      // lower-case word
  std::uint64_t id = 0;  // number of the command, chosen by the owner; 0 where there is none
  std::string payload;
};

// The payload must not be longer than kFramePayloadLimit.
std::string encode_frame(std::string_view kind, std::uint64_t id, std::string_view payload = {});

// Cuts a byte stream into frames, whatever the portions in which it arrives.
class FrameReader {
 public:
  void add(std::string_view bytes) { pending_.append(bytes); }

  // The next complete frame, or nothing as long as it is not complete. After an error the stream
  // cannot be read on: nobody knows where the next frame begins.
  Result<std::optional<Frame>> next();

  // Whether bytes of an unfinished frame are there: at the end of the stream it was cut short.
  bool midway() const { return start_ < pending_.size(); }

 private:
  std::string pending_;
  std::size_t start_ = 0;  // what lies before it has been handed out
};

// Payload of a `run` request: items that each begin with a letter and end with NUL.
struct RunRequest {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::vector<std::string> env;   // KEY=VALUE, added to the environment of the agent
  std::string cwd;                // empty: that of the agent
};

std::string encode_run(const RunRequest& request);
Result<RunRequest> decode_run(std::string_view payload);

}  // namespace testbed
