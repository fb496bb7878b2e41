#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed {

// The header of a large run is one line of many megabytes, most of it planned cells. Here its text
// is taken apart without being parsed, so that it is never held as one document.
struct HeaderText {
  std::string rest;                              // the object, these arrays emptied
  std::vector<std::string_view> planned, whole;  // their objects
};

// False for anything but an object whose arrays hold nothing but objects: to be parsed as it is.
bool take_apart(std::string_view text, HeaderText& out);

}  // namespace testbed
