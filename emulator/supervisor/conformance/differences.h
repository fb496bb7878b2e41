#pragma once

#include <map>
#include <string>

namespace conformance {

// Compares the answers, prints the table and the differences, and returns the exit code: 1 where a
// difference has no known cause, or the decoy was touched.
int report(const std::map<std::string, std::string>& wanted,
           const std::map<std::string, std::string>& given, const std::string& oracle,
           const std::string& decoy);

}  // namespace conformance
