#include "emulator/agent/frame.h"

#include <algorithm>
#include <charconv>

namespace testbed {
namespace {

constexpr std::size_t kHeaderLimit = 64;  // more than the longest header there can be
constexpr std::size_t kKindLimit = 20;

struct Header {
  std::string_view kind;
  std::uint64_t id = 0;
  std::size_t length = 0;
};

bool is_kind(std::string_view word) {
  return !word.empty() && word.size() <= kKindLimit &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc() && stop == end;
}

// Printable in a message, whatever the bytes were.
std::string shown(std::string_view bytes) {
  std::string text(bytes.substr(0, kHeaderLimit));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

Result<Header> parse_header(std::string_view line) {
  const Error malformed{"malformed frame header: '" + shown(line) + "'"};
  const std::size_t first = line.find(' ');
  if (first == line.npos) return malformed;
  const std::size_t second = line.find(' ', first + 1);
  if (second == line.npos) return malformed;
  Header header{.kind = line.substr(0, first)};
  if (!is_kind(header.kind) ||
      !parse_number(line.substr(first + 1, second - first - 1), header.id) ||
      !parse_number(line.substr(second + 1), header.length))
    return malformed;
  if (header.length > kFramePayloadLimit)
    return Error{"frame is too long: " + std::to_string(header.length) + " bytes"};
  return header;
}

void append_item(std::string& payload, char letter, std::string_view text) {
  payload += letter;
  payload += text;
  payload += '\0';
}

}  // namespace

std::string encode_frame(std::string_view kind, std::uint64_t id, std::string_view payload) {
  CHECK(is_kind(kind), "the kind of a frame must be a lower-case word");
  CHECK(payload.size() <= kFramePayloadLimit, "the payload of a frame is too long");
  std::string frame(kind);
  frame += ' ' + std::to_string(id) + ' ' + std::to_string(payload.size()) + '\n';
  frame += payload;
  return frame;
}

Result<std::optional<Frame>> FrameReader::next() {
  const std::string_view rest = std::string_view(pending_).substr(start_);
  const std::size_t newline = rest.substr(0, kHeaderLimit).find('\n');
  if (newline == rest.npos) {
    if (rest.size() >= kHeaderLimit) return Error{"malformed frame header: '" + shown(rest) + "'"};
    return std::optional<Frame>();
  }
  const Header header = TRY(parse_header(rest.substr(0, newline)));
  if (rest.size() - newline - 1 < header.length) return std::optional<Frame>();
  Frame frame{std::string(header.kind), header.id,
              std::string(rest.substr(newline + 1, header.length))};
  start_ += newline + 1 + header.length;
  // Erasing only once half of the bytes are used up keeps a burst of small frames linear.
  if (start_ * 2 >= pending_.size()) pending_.erase(0, std::exchange(start_, 0));
  return std::optional<Frame>(std::move(frame));
}

std::string encode_run(const RunRequest& request) {
  std::string payload;
  for (const std::string& entry : request.env) append_item(payload, 'E', entry);
  if (!request.cwd.empty()) append_item(payload, 'D', request.cwd);
  for (const std::string& argument : request.argv) append_item(payload, 'A', argument);
  return payload;
}

Result<RunRequest> decode_run(std::string_view payload) {
  RunRequest request;
  while (!payload.empty()) {
    const std::size_t end = payload.find('\0');
    if (end == payload.npos || end == 0) return Error{"malformed run request"};
    const std::string text(payload.substr(1, end - 1));
    switch (payload.front()) {
      case 'A':
        request.argv.push_back(text);
        break;
      case 'E':
        request.env.push_back(text);
        break;
      case 'D':
        request.cwd = text;
        break;
      default:
        return Error{"malformed run request: unknown item"};
    }
    payload.remove_prefix(end + 1);
  }
  if (request.argv.empty()) return Error{"run request without a command"};
  for (const std::string& entry : request.env)
    if (entry.find('=') == entry.npos || entry.front() == '=')
      return Error{"run request with an environment entry that is not KEY=VALUE"};
  return request;
}

}  // namespace testbed
