#pragma once

#include <map>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace testbed {

// The first member of an archive: the digests of all others, in the form that `sha512sum --check`
// reads in the unpacked folder. They tell damage, not intent: who changes an archive can change
// them too.
inline constexpr const char* kSumsName = "SHA512SUMS";

using ArchiveSums = std::map<std::string, std::string>;  // by name below the archive's folder

std::string to_text(const ArchiveSums& sums);
// Lines that are not of this form are passed over.
ArchiveSums sums_in(std::string_view text);

}  // namespace testbed
