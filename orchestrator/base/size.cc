#include "orchestrator/base/size.h"

#include <cstdlib>

namespace testbed {

Result<std::uint64_t> parse_size(const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string unit(end);
  const std::size_t power = unit.empty() ? std::string::npos : kUnits.find(unit[0]);
  const bool plain = unit.empty() && !text.empty();
  const bool scaled = power != std::string::npos && (unit.size() == 1 || unit.substr(1) == "iB");
  if (end == text.c_str() || !(number >= 0 && number < 1e15) || !(plain || scaled)) {
    return Error{"\"" + text + "\" is not a size such as 500M or 20G"};
  }
  double bytes = number;
  for (std::size_t step = 0; scaled && step <= power; ++step) bytes *= 1024;
  return static_cast<std::uint64_t>(bytes);
}

std::string size_text(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace testbed
