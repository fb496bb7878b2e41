#pragma once

#include <string>

namespace testbed {

// The share of attempts that would pass, of which `passed` of `attempts` did: Wilson's score
// interval with 95 % confidence (Wilson 1927), which also holds for few attempts and for none or
// all.
struct Share {
  double least = 0, most = 1;
};
Share share_that_passes(int passed, int attempts);

// "17 of 25 attempts passed, so 48 to 83 % of all (95 % confidence)".
std::string passed_in_words(int passed, int attempts);

}  // namespace testbed
