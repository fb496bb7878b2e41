#pragma once

#include <span>
#include <string>

#include "calls_table.h"

namespace conformance {

// A way to name the file. `prepare` runs in the process of the case, with the tree's directory as
// its working directory, and says where the path begins; the text is `text`, in which LEAF stands
// for `file` or `directory`, or what `make` gives.
struct Form {
  const char* name;
  const char* text;
  bool needs_fd = false;                              // for *at calls only
  int (*prepare)(const std::string& root) = nullptr;  // AT_FDCWD if null; -2: cannot be had here
  const char* (*make)(const std::string& root) = nullptr;
  bool looks_only = false;  // changing calls are left out: where a redirection is known not to
                            // reach they would change the decoy for all that follow
};

std::span<const Form> forms();

// The text of a form for a call, kept until the process ends.
const char* text_of(const Form& form, const PathCall& call, const std::string& root);

}  // namespace conformance
