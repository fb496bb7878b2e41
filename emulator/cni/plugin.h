#pragma once

#include <string>
#include <string_view>

#include "emulator/cni/request.h"

namespace testbed::cni {

// What a call of the plugin gives back to the runtime.
struct Reply {
  std::string out{};  // standard output
  int exit_code = 0;
};

// One call: reads the request, carries it out, writes the journal. `program` is the name by which
// the plugin was called.
Reply answer_call(const Environment& environment, std::string_view input, std::string_view program);

}  // namespace testbed::cni
