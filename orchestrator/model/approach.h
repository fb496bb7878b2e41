#pragma once

#include <map>
#include <string>
#include <vector>

namespace testbed {

// One intervention that can be switched on its own. Settings are text; which ones exist is the
// component's to say.
struct ComponentSpec {
  std::string name;  // a row of approach/components.cc
  std::map<std::string, std::string> settings;
};

// A named set of components.
struct Approach {
  std::string name;
  std::string summary;
  std::vector<ComponentSpec> components;
  std::string file;
  std::string digest;
};

}  // namespace testbed
