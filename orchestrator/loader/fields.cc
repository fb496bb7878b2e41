#include "orchestrator/loader/fields.h"

#include <algorithm>

namespace testbed {
namespace {

Field one(std::string_view name, Scalar scalar, std::string_view help) {
  return {.name = name, .form = Form::One, .scalar = scalar, .help = help};
}
Field one_of_these(std::string_view name, std::vector<std::string> choices, std::string_view help) {
  return {.name = name, .help = help, .choices = std::move(choices)};
}
Field some(std::string_view name, Scalar scalar, std::string_view help) {
  return {.name = name, .form = Form::OneOrMore, .scalar = scalar, .help = help};
}
Field list(std::string_view name, Scalar scalar, std::string_view help) {
  return {.name = name, .form = Form::List, .scalar = scalar, .help = help};
}
Field in_form(std::string_view name, Form form, std::string_view help) {
  return {.name = name, .form = form, .help = help};
}
Field nested(std::string_view name, Form form, const Shape& shape, std::string_view help) {
  return {.name = name, .form = form, .help = help, .shape = &shape};
}
Field kinds(std::string_view name, const std::vector<NamedKind>& table, std::string_view help) {
  return {.name = name, .form = Form::Kinds, .help = help, .kinds = &table};
}
Field must(Field field) {
  field.required = true;
  return field;
}

std::vector<std::string> names_of(const std::vector<NamedKind>& table) {
  std::vector<std::string> names;
  for (const NamedKind& kind : table) names.emplace_back(kind.name);
  return names;
}

const Field kBecause = must(one("because", Scalar::Words, "why, for the reader of a report"));

// What rungs and side checks have in common; only the key of the name differs.
Shape shape_of_check(std::string_view name_key, std::string_view help) {
  return {help,
          {must(one(name_key, Scalar::Name, "its name, unique in the scenario")),
           must(list("run", Scalar::Text,
                     "the command and its arguments, with ${variables}; `probe` is the probe "
                     "program")),
           list("start", Scalar::Text,
                "a program that stays until the cell ends, started before the command"),
           one("within", Scalar::Duration, "the command is repeated until it holds, that long"),
           one("exit", Scalar::ExitCode, "the exit code it must have [0]"),
           one("stdout", Scalar::Text, "its whole standard output"),
           one("stdout_contains", Scalar::Text, "text within its standard output"),
           one("stdout_matches", Scalar::Regex,
               "regular expression (ECMAScript) that is found in its standard output"),
           one("errno", Scalar::Errno, "of a probe: how its operation ended"),
           one("value", Scalar::Text, "of a probe: what it read or found"),
           one("close", Scalar::Errno, "of a probe that closes: how that ended"),
           in_form("where", Form::Where, "the cells that have it [all]"),
           one("timeout", Scalar::Duration, "instead of limits.step")}};
}

const Shape& rung_shape() {
  static const Shape kShape = shape_of_check("rung", "a rung: it stands on the one before it");
  return kShape;
}
const Shape& side_check_shape() {
  static const Shape kShape = shape_of_check("check", "a side check: it never stops the cell");
  return kShape;
}

const Shape& limits_shape() {
  static const Shape kShape = {
      "how long things may take, and how much memory",
      {one("cell", Scalar::Duration, "a whole cell [60s]"),
       one("step", Scalar::Duration, "one command [10s]"),
       one("memory", Scalar::Size, "all processes of a sandbox together, its kernel too [all]")}};
  return kShape;
}

const Shape& exclusion_shape() {
  static const Shape kShape = {"cells that are not run",
                               {must(in_form("where", Form::Where, "the cells")), kBecause}};
  return kShape;
}

const Shape& expectation_shape() {
  static const Shape kShape = {
      "what is expected to stop short, and why",
      {in_form("where", Form::Where, "the cells [all]"),
       some("reaches", Scalar::Name, "the highest rung; several: the typical one first"),
       one("check", Scalar::Name, "instead: the side check that is expected to fail"),
       one("signature", Scalar::Name, "the cause: a file of scenarios/causes"), kBecause}};
  return kShape;
}

const Shape& scenario_shape() {
  static const Shape kShape = {
      "testbed scenario: one question",
      {must(one("scenario", Scalar::Name, "its name")),
       must(one("question", Scalar::Words, "what it answers")),
       one("image", Scalar::Name,
           "the root file system: an artifact of images/; needed unless every sandbox is `here`"),
       list("tools", Scalar::Words,
            "programs of images/, NAME or NAME-VERSION with ${axes}: below ${tools}, and in PATH"),
       one_of_these("network", {"none", "sandbox"},
                    "sandbox: a network namespace of its own with a default route [none]"),
       must(in_form("axes", Form::Axes,
                    "the dimensions of the matrix; `sandbox` and `approach` are always there")),
       nested("exclude", Form::Sections, exclusion_shape(), "cells that are not run"),
       {.name = "variables", .form = Form::TextMap, .help = "name: text, for ${name} in commands"},
       must(nested("ladder", Form::Sections, rung_shape(), "rungs, lowest first")),
       nested("checks", Form::Sections, side_check_shape(), "side checks, after the ladder"),
       nested("limits", Form::Section, limits_shape(),
              "how long things may take, and how much memory"),
       nested("expect", Form::Sections, expectation_shape(),
              "what is expected to stop short; everything else must reach the top")}};
  return kShape;
}

const Shape& approach_shape() {
  static const Shape kShape = {
      "testbed approach: a named set of components",
      {must(one("approach", Scalar::Name, "its name: that of the file")),
       must(one("summary", Scalar::Words, "what it does, one sentence")),
       must(kinds("components", component_kinds(), "a name, or a name with settings, each"))}};
  return kShape;
}

const Shape& journal_shape() {
  static const Shape kShape = {"a journal entry that was made while the check ran",
                               {must(one("op", Scalar::Request, "the request: ACCESS")),
                                one("errno", Scalar::Errno, "its answer [any]")}};
  return kShape;
}

const Shape& when_shape() {
  static const Shape kShape = {
      "conditions: every one that is given must hold; a list holds if one entry does",
      {{.name = "stage",
        .form = Form::OneOrMore,
        .help = "the stage that broke; without it the cell broke in a check",
        .choices = {"obtain", "patch", "bundle", "sandbox", "component"}},
       some("errno", Scalar::Errno, "of the failing check"),
       some("call", Scalar::Text, "of a probe: its decisive system call"),
       some("command", Scalar::Text, "first word of the failing check's command"),
       some("check", Scalar::Name, "name of the failing check"),
       {.name = "component",
        .form = Form::OneOrMore,
        .help = "of the cell's approach",
        .choices = names_of(component_kinds())},
       {.name = "observed",
        .form = Form::OneOrMore,
        .help = "what the failing check came to",
        .choices = {"fail", "crash", "timeout", "hang"}},
       {.name = "standstill",
        .form = Form::OneOrMore,
        .help = "of a thread of a command that hung",
        .choices = standstill_kinds()},
       some("text", Scalar::Regex,
            "regular expression (ECMAScript) found in output, error output or message"),
       nested("journal", Form::Sections, journal_shape(), "entries of journals: all of them"),
       nested("not_in_journal", Form::Sections, journal_shape(), "entries that must be absent"),
       one("versions", Scalar::Range, "of a runsc sandbox")}};
  return kShape;
}

const Shape& policy_shape() {
  static const Shape kExcuse = {
      "cells that may change",
      {must(in_form("where", Form::Where, "which")),
       some("change", Scalar::Name, "the changes that are excused [all]"), kBecause}};
  static const Shape kShape = {
      "testbed policy: which changes between two runs `gate` lets through",
      {must(one("policy", Scalar::Name, "its name: that of the file")),
       list("fail_on", Scalar::Name,
            "changes that fail the gate: regressed, fixed, changed, new, gone, not-comparable "
            "[regressed, gone, not-comparable]"),
       nested("excuse", Form::Sections, kExcuse, "cells that do not fail it")}};
  return kShape;
}

const Shape& cause_shape() {
  static const Shape kShape = {
      "testbed cause: a rule that turns evidence into a cause",
      {must(one("cause", Scalar::Name, "its signature: that of the file")),
       must(one_of_these("layer", {"fuse server", "sandbox", "host", "workload", "test bed"},
                         "who is at fault")),
       must(one("operation", Scalar::Words, "what was asked: FUSE_ACCESS")),
       must(one("summary", Scalar::Words, "what happened, one sentence")),
       must(one("remedy", Scalar::Words, "what to do about it")),
       one("priority", Scalar::Integer, "the highest that matches wins [0]"),
       must(nested("when", Form::Section, when_shape(), "the evidence it needs"))}};
  return kShape;
}

const Shape& version_shape() {
  static const Shape kShape = {
      "one version",
      {one("note", Scalar::Words, "why it is unusual"),
       must(kinds("sources", source_kinds(), "tried in order; the first that yields it wins"))}};
  return kShape;
}

const Shape& artifact_shape() {
  static const Shape kShape = {
      "testbed artifact: a thing under test or needed by one",
      {must(one("artifact", Scalar::Name, "its name: that of the folder")),
       must(one_of_these("kind", {"program", "root-filesystem"}, "what it is")),
       must(one("summary", Scalar::Words, "what it is for, one sentence")),
       must(nested("versions", Form::LabelSections, version_shape(),
                   "label: sources. Labels that are dates stand in quotes"))}};
  return kShape;
}

}  // namespace

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::Scenario:
      return "scenario";
    case FileKind::Approach:
      return "approach";
    case FileKind::Cause:
      return "cause";
    case FileKind::Artifact:
      return "artifact";
    case FileKind::Policy:
      return "policy";
  }
  return "";
}

std::optional<FileKind> find_file_kind(std::string_view name) {
  for (const FileKind kind : kFileKinds) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

const Field* Shape::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> Shape::names() const {
  std::vector<std::string> out;
  for (const Field& field : fields) out.emplace_back(field.name);
  return out;
}

const Shape& shape_of(FileKind kind) {
  switch (kind) {
    case FileKind::Scenario:
      return scenario_shape();
    case FileKind::Approach:
      return approach_shape();
    case FileKind::Cause:
      return cause_shape();
    case FileKind::Artifact:
      return artifact_shape();
    case FileKind::Policy:
      return policy_shape();
  }
  CHECK(false, "a file kind without a shape");
}

const Shape& axis_shape() {
  static const Shape kShape = {"the values of an axis",
                               {must(list("default", Scalar::Label, "what a plain run takes")),
                                list("also", Scalar::Label, "what --only or --all takes too")}};
  return kShape;
}

}  // namespace testbed
