#pragma once

#include <string>

namespace conformance {

// The tree of a case, below one directory:
//   real/      what is meant: file, directory/, links of every kind
//   shown/     where it shall be seen, by a mount or by redirection; holds a decoy of its own
//   outside, other/, to-shown -> shown, to-file -> shown/file: what lies around it
// Made new before each case, except for `shown`, which nobody may reach under its own name any
// more.
void make_tree(const std::string& root);
void make_tree_new(const std::string& root);

// What has become of the decoy; empty: nothing, as it must be.
std::string decoy_changed(const std::string& root);

}  // namespace conformance
