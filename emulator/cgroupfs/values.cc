#include "emulator/cgroupfs/values.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace testbed::cgroupfs {
namespace {

constexpr std::string_view kWhite = " \t\n\v\f\r";

bool starts_hexadecimal(std::string_view text) {
  return text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

// Removes the prefix of the base, as _parse_integer_fixup_radix() does.
int take_base(std::string_view& text) {
  if (starts_hexadecimal(text)) return text.remove_prefix(2), 16;
  return text.size() > 1 && text[0] == '0' ? 8 : 10;
}

Answer<std::uint64_t> parse_digits(std::string_view text, std::string_view& rest) {
  const int base = take_base(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error == std::errc::invalid_argument) return Answer<std::uint64_t>::fails(EINVAL);
  if (error == std::errc::result_out_of_range) return Answer<std::uint64_t>::fails(ERANGE);
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return value;
}

int shift_of(char suffix) {
  const std::size_t at = std::string_view("kmgt").find(static_cast<char>(suffix | 0x20));
  return at == std::string_view::npos ? -1 : 10 * (static_cast<int>(at) + 1);
}

// One element of a list: "3" or "0-3".
int parse_range(std::string_view text, unsigned last, std::vector<bool>& set) {
  const std::size_t dash = text.find('-');
  const auto from = parse_natural(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_natural(text.substr(dash + 1));
  if (!from || !to || to.value < from.value) return EINVAL;
  if (to.value > last) return ERANGE;
  std::fill(set.begin() + static_cast<long>(from.value),
            set.begin() + static_cast<long>(to.value) + 1, true);
  return 0;
}

std::string list_text(const std::vector<bool>& set) {
  std::string out;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (!set[i]) continue;
    std::size_t end = i;
    while (end + 1 < set.size() && set[end + 1]) ++end;
    out += (out.empty() ? "" : ",") + std::to_string(i);
    if (end > i) out += "-" + std::to_string(end);
    i = end;
  }
  return out;
}

}  // namespace

std::string_view stripped(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

Answer<std::uint64_t> parse_natural(std::string_view text) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::string_view rest;
  const auto value = parse_digits(text, rest);
  if (value && !rest.empty()) return Answer<std::uint64_t>::fails(EINVAL);
  return value;
}

Answer<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (negative && !text.empty() && text.front() == '+') return Answer<std::int64_t>::fails(EINVAL);
  const auto value = parse_natural(text);
  if (!value) return Answer<std::int64_t>::fails(value.error);
  const std::uint64_t limit = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (value.value > limit) return Answer<std::int64_t>::fails(ERANGE);
  return static_cast<std::int64_t>(negative ? 0 - value.value : value.value);
}

Answer<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest;
  const auto value = parse_digits(text, rest);
  if (!value || rest.empty()) return value;
  const int shift = shift_of(rest.front());
  if (rest.size() > 1 || shift < 0) return Answer<std::uint64_t>::fails(EINVAL);
  return value.value << shift;  // memparse() does not look for overflow either
}

Answer<std::string> parse_list(std::string_view text, unsigned last) {
  std::vector<bool> set(last + 1, false);
  text = stripped(text);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view range =
        stripped(text.substr(0, comma));  // none between two commas: fine
    if (const int error = range.empty() ? 0 : parse_range(range, last, set))
      return Answer<std::string>::fails(error);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return list_text(set);
}

unsigned last_cpu() {
  return static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_CONF))) - 1;
}

int keep(const ControlFile& file, Group& group, std::string value) {
  group.values[file.name] = std::move(value);
  return 0;
}

int write_flag(const ControlFile& file, Group& group, std::string_view text, const Surroundings&) {
  const auto number = parse_integer(text);
  if (!number) return number.error;
  if (number.value != 0 && number.value != 1) return EINVAL;
  return keep(file, group, std::to_string(number.value));
}

int write_switch(const ControlFile& file, Group& group, std::string_view text,
                 const Surroundings&) {
  const auto number = parse_natural(text);
  return number ? keep(file, group, number.value == 0 ? "0" : "1") : number.error;
}

int write_number(const ControlFile& file, Group& group, std::string_view text,
                 const Surroundings&) {
  const auto number = parse_integer(text);
  return number ? keep(file, group, std::to_string(number.value)) : number.error;
}

int reset(const ControlFile& file, Group& group, std::string_view, const Surroundings&) {
  return keep(file, group, "0");
}

int accept(const ControlFile&, Group&, std::string_view, const Surroundings&) { return 0; }

Answer<std::string> read_lines(const ControlFile& file, const Group& group, const Surroundings&) {
  const std::string value = file.value_in(group);
  return value.empty() ? value : value + "\n";
}

Answer<std::string> unreadable(const ControlFile&, const Group&, const Surroundings&) {
  return Answer<std::string>::fails(EINVAL);
}

}  // namespace testbed::cgroupfs
