#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/loader/scalars.h"
#include "orchestrator/model/kinds.h"

namespace testbed {

// The kinds of files that people write.
enum class FileKind { Scenario, Approach, Cause, Artifact, Policy };
inline constexpr FileKind kFileKinds[] = {FileKind::Scenario, FileKind::Approach, FileKind::Cause,
                                          FileKind::Artifact, FileKind::Policy};
std::string_view name_of(FileKind kind);
std::optional<FileKind> find_file_kind(std::string_view name);

// How a key's value is put together from scalars.
enum class Form {
  One,            // one scalar
  OneOrMore,      // one scalar, or a list of them that is not empty
  List,           // a list that is not empty
  TextMap,        // name: scalar
  Where,          // axis: one value or several
  Axes,           // axis: list of values, or {default: ..., also: ...}
  Section,        // the keys of another shape
  Sections,       // a list of such sections
  LabelSections,  // label: section
  Kinds,          // a list of names from a table in model/kinds.h, with their settings
};

struct Shape;

// One key that a file may hold.
struct Field {
  std::string_view name;
  Form form = Form::One;
  Scalar scalar = Scalar::Text;
  bool required = false;
  std::string_view help{};
  const Shape* shape = nullptr;                   // Section, Sections, LabelSections
  const std::vector<NamedKind>* kinds = nullptr;  // Kinds
  std::vector<std::string> choices{};             // One: only these
};

// The keys that belong together: the reader checks with them, `testbed schema` prints them.
struct Shape {
  std::string_view help;
  std::vector<Field> fields;

  const Field* find(std::string_view name) const;
  std::vector<std::string> names() const;
};

const Shape& shape_of(FileKind kind);

// {default: ..., also: ...} of an axis.
const Shape& axis_shape();

}  // namespace testbed
