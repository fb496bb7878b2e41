#include "orchestrator/judge/confidence.h"

#include <cmath>

namespace testbed {
namespace {

constexpr double kZ = 1.959964;  // of the normal distribution, two-sided 95 %

std::string percent(double share) { return std::to_string(std::lround(share * 100)); }

}  // namespace

Share share_that_passes(int passed, int attempts) {
  if (attempts <= 0) return {};
  const double n = attempts, seen = passed / n, z2 = kZ * kZ;
  const double middle = (seen + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ * std::sqrt(seen * (1 - seen) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {.least = std::fmax(0, middle - half), .most = std::fmin(1, middle + half)};
}

std::string passed_in_words(int passed, int attempts) {
  const Share share = share_that_passes(passed, attempts);
  return std::to_string(passed) + " of " + std::to_string(attempts) + " attempts passed, so " +
         percent(share.least) + " to " + percent(share.most) + " % of all (95 % confidence)";
}

}  // namespace testbed
