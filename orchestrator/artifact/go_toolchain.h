#pragma once

#include <map>
#include <string>

#include "orchestrator/artifact/source.h"

namespace testbed {

// A go command that obeys GOTOOLCHAIN, which Go does from 1.21 on (https://go.dev/doc/toolchain).
struct GoDriver {
  fs::path program;
  // Where Go keeps modules and builds when there is no HOME to keep them in; else empty, so that
  // the user's own warm caches serve.
  std::map<std::string, std::string> env;
};

// The minor number in the output of `go version`: 26 for "go version go1.26.8 linux/amd64"; 0 when
// there is none.
int go_minor_version(std::string_view version_line);

// The machine's own go; where that is too old for GOTOOLCHAIN, one that it takes from the module
// proxy, where toolchains are modules. The error says what to install.
Result<GoDriver> find_go(const ObtainContext& context);

}  // namespace testbed
