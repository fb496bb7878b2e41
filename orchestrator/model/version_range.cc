#include "orchestrator/model/version_range.h"

#include <algorithm>
#include <sstream>

namespace testbed {
namespace {

bool is_date(std::string_view text) {
  return text.size() == 8 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The smallest text that is larger: turns "<= date" into "< next".
std::string after(const std::string& date) { return std::to_string(std::stol(date) + 1); }

}  // namespace

Result<VersionRange> VersionRange::parse(std::string_view text) {
  VersionRange range;
  range.text_ = text;
  std::istringstream terms{std::string(text)};
  std::string term;
  bool any = false;
  while (terms >> term) {
    const std::size_t digits = std::min(term.find_first_of("0123456789"), term.size());
    const std::string sign = term.substr(0, digits);
    const std::string date = term.substr(digits);
    if (!is_date(date))
      return Error{"'" + term + "' is not a version: write >=YYYYMMDD or <YYYYMMDD"};
    if (sign == ">=") {
      range.from_ = std::max(range.from_, date);
    } else if (sign == ">") {
      range.from_ = std::max(range.from_, after(date));
    } else if (sign == "<") {
      range.until_ = std::min(range.until_, date);
    } else if (sign == "<=") {
      range.until_ = std::min(range.until_, after(date));
    } else if (sign.empty()) {
      range.from_ = std::max(range.from_, date);
      range.until_ = std::min(range.until_, after(date));
    } else {
      return Error{"'" + sign + "' is not a comparison: use >=, >, <, <= or none"};
    }
    any = true;
  }
  if (!any) return Error{"an empty version range"};
  if (range.from_ >= range.until_) return Error{"'" + range.text_ + "' contains no version"};
  return range;
}

bool VersionRange::contains(std::string_view date) const { return date >= from_ && date < until_; }

std::optional<std::string> find_version_date(std::string_view sandbox) {
  if (!sandbox.starts_with("runsc-")) return std::nullopt;
  const std::string_view date = sandbox.substr(6, 8);
  if (!is_date(date)) return std::nullopt;
  return std::string(date);
}

}  // namespace testbed
