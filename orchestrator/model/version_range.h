#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace testbed {

// A range of release dates: ">=20230228", "<20240807", ">=20230214 <20260112", or one date
// "20240722". Dates have eight digits, so that text order is time order.
class VersionRange {
 public:
  static Result<VersionRange> parse(std::string_view text);
  static VersionRange all() { return {}; }

  bool contains(std::string_view date) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string from_ = "00000000";   // inclusive
  std::string until_ = "99999999";  // exclusive
};

// The date in "runsc-20240722" or "runsc-20240722+ptrace"; nothing for "native".
std::optional<std::string> find_version_date(std::string_view sandbox);

}  // namespace testbed
