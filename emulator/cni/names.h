#pragma once

#include <string>
#include <string_view>

namespace testbed::cni {

// Container ids and network names: [A-Za-z0-9][A-Za-z0-9_.-]* (specification, section 2), and no
// longer than a file name may be. Such a name cannot leave the directory it is put in.
bool is_identifier(std::string_view name);

// Empty, or why the kernel would refuse it: 1 to 15 characters, not "." or "..", without '/', ':'
// and white space (dev_valid_name in net/core/dev.c).
std::string wrong_interface_name(std::string_view name);

// "aa:bb:cc:dd:ee:ff".
bool is_mac(std::string_view text);

// The name of the host's end of an attachment's veth pair: the same for the same attachment, so
// that nothing has to be remembered to find it again.
std::string host_interface_name(std::string_view network, std::string_view container_id,
                                std::string_view ifname);

// The first bytes of a text that may hold anything, for messages.
std::string printable_start(std::string_view text);

}  // namespace testbed::cni
