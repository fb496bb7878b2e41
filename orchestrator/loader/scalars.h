#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/loader/yaml_reader.h"

namespace testbed {

using std::chrono::milliseconds;

// What one text in a file may be.
enum class Scalar {
  Text,       // anything
  Words,      // anything that is not blank: for people
  Name,       // of a scenario, an approach, a rung
  Label,      // a version's label, an axis value
  Integer,    // whole number
  ExitCode,   // 0 to 255
  Flag,       // true or false
  Duration,   // number and unit
  Size,       // bytes, with a unit
  Errno,      // OK or an errno name
  Regex,      // ECMAScript
  Range,      // of release dates
  AxisValue,  // a value of an axis, or a range of release dates
  Request,    // a FUSE request, as journals name it
  Path,       // absolute, without ".."
  ListEntry,  // of a setting: without blanks and commas
};

// One row of the table in scalars.cc: the reader checks with it, the schema prints it.
struct ScalarRule {
  Scalar scalar;
  std::string_view expected;   // "must be ..."
  std::string_view json_type;  // "text": string, number or boolean, of which the text is taken
  std::string_view pattern;    // ECMAScript, of the whole text; empty: any
};
const ScalarRule& rule_of(Scalar scalar);

// Why this node is not such a scalar ("must be text, not a list"); empty when it is.
std::string misfit(const YamlNode& node, Scalar scalar);

// The kind of a node in words: "a list".
std::string_view kind_of(const YamlNode& node);

// "10s"; zero when the text is no duration.
milliseconds duration_of(const std::string& text);
int integer_of(const std::string& text);

// "OK" and every name that strerrorname_np(3) knows.
const std::vector<std::string>& errno_names();

}  // namespace testbed
