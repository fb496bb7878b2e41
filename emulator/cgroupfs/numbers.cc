#include "emulator/cgroupfs/numbers.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <vector>

namespace testbed {
namespace {

constexpr std::uint64_t kPage = 4096;

// The prefix of a number decides its base, as in _parse_integer_fixup_radix().
int take_base(std::string_view& text) {
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    text.remove_prefix(2);
    return 16;
  }
  return text.size() > 1 && text[0] == '0' ? 8 : 10;
}

// Takes digits from the front of `text`.
Reply<std::uint64_t> take_digits(std::string_view& text) {
  const int base = take_base(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error == std::errc::result_out_of_range) return Errno{ERANGE};
  if (error != std::errc()) return Errno{EINVAL};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// simple_strtoull(): never an error.
std::uint64_t take_wrapped_digits(std::string_view& text) {
  const auto base = static_cast<unsigned>(take_base(text));
  std::uint64_t value = 0;
  while (!text.empty()) {
    unsigned digit = base;
    const auto [end, error] = std::from_chars(text.data(), text.data() + 1, digit, 16);
    if (error != std::errc() || digit >= base) break;
    value = value * base + digit;
    text.remove_prefix(1);
  }
  return value;
}

unsigned shift_of(char suffix) {
  constexpr std::string_view kSuffixes = "KMGTPE";
  const char upper = suffix >= 'a' && suffix <= 'z' ? static_cast<char>(suffix - 32) : suffix;
  const auto at = kSuffixes.find(upper);
  return at == std::string_view::npos ? 0 : 10 * (static_cast<unsigned>(at) + 1);
}

// bitmap_getnum()
Reply<unsigned> list_number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return Errno{EOVERFLOW};
  if (error != std::errc() || end != text.data() + text.size()) return Errno{EINVAL};
  return value;
}

// "3", "1-3", "all", or "0-7:1/2", the first of every two; as the bits it stands for
// (bitmap_parse_region() and bitmap_check_region()).
int take_range(std::string_view item, std::vector<bool>& bits) {
  const auto colon = item.find(':');
  const std::string_view range = item.substr(0, colon);
  const auto dash = range.find('-');
  const bool all = range == "all";
  const auto most = static_cast<unsigned>(bits.size()) - 1;
  const auto first = all ? Reply<unsigned>(0) : list_number(range.substr(0, dash));
  const auto last = all                              ? Reply<unsigned>(most)
                    : dash == std::string_view::npos ? first
                                                     : list_number(range.substr(dash + 1));
  if (!first) return first.error();
  if (!last) return last.error();
  unsigned used = *last + 1, step = used;
  if (colon != std::string_view::npos) {
    const std::string_view pattern = item.substr(colon + 1);
    const auto slash = pattern.find('/');
    if (slash == std::string_view::npos) return EINVAL;
    const auto of_them = list_number(pattern.substr(0, slash));
    const auto length = list_number(pattern.substr(slash + 1));
    if (!of_them) return of_them.error();
    if (!length) return length.error();
    used = *of_them, step = *length;
  }
  if (*first > *last || step == 0 || used > step) return EINVAL;
  if (*last > most) return ERANGE;
  for (unsigned bit = *first; bit <= *last; ++bit) {
    if ((bit - *first) % step < used) bits[bit] = true;
  }
  return 0;
}

std::string list_text(const std::vector<bool>& bits) {
  std::string text;
  for (std::size_t first = 0; first < bits.size(); ++first) {
    if (!bits[first]) continue;
    std::size_t last = first;
    while (last + 1 < bits.size() && bits[last + 1]) ++last;
    if (!text.empty()) text += ",";
    text += std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
    first = last;
  }
  return text;
}

}  // namespace

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Reply<std::uint64_t> parse_unsigned(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto value = take_digits(text);
  if (value && !text.empty()) return Errno{EINVAL};
  return value;
}

Reply<std::int64_t> parse_signed(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (negative && text.starts_with('+')) return Errno{EINVAL};
  const auto value = parse_unsigned(text);
  if (!value) return Errno{value.error()};
  if (*value > static_cast<std::uint64_t>(INT64_MAX)) return Errno{ERANGE};
  return negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value);
}

Reply<std::uint64_t> parse_memory(std::string_view text) {
  text = stripped(text);
  if (text == "-1") return kNoLimit;
  // memparse(): no digits are 0, and what is too large for 64 bits wraps around.
  std::uint64_t bytes = take_wrapped_digits(text);
  const unsigned shift = text.empty() ? 0 : shift_of(text[0]);
  if (shift != 0) text.remove_prefix(1);
  if (!text.empty()) return Errno{EINVAL};
  bytes <<= shift;
  return std::min(bytes / kPage * kPage, kNoLimit);
}

Reply<std::string> parse_limit(std::string_view text, std::uint64_t page) {
  text = stripped(text);
  if (text == "max") return std::string("max");
  if (text == "-1") return Errno{EINVAL};
  const auto bytes = parse_memory(text);
  if (!bytes) return Errno{bytes.error()};
  return *bytes == kNoLimit ? std::string("max") : std::to_string(*bytes / page * page);
}

Reply<std::string> parse_list(std::string_view text, unsigned count) {
  constexpr std::string_view kSeparators = ", \t\n";
  std::vector<bool> bits(count);
  while (true) {
    const auto first = text.find_first_not_of(kSeparators);
    if (first == std::string_view::npos) return list_text(bits);
    text.remove_prefix(first);
    const auto end = std::min(text.find_first_of(kSeparators), text.size());
    if (const int error = take_range(text.substr(0, end), bits)) return Errno{error};
    text.remove_prefix(end);
  }
}

}  // namespace testbed
