#include "orchestrator/loader/scalars.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <regex>

#include "orchestrator/base/check.h"
#include "orchestrator/loader/spelling.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

// std::regex recurses over its input and its pattern: both stay short.
constexpr std::size_t kLongestMatched = 200;
constexpr std::size_t kLongestRegex = 500;

// Two dots in a row are refused although no '/' is allowed either: names become parts of paths.
constexpr ScalarRule kRules[] = {
    {Scalar::Text, "text", "text", ""},
    {Scalar::Words, "text that is not empty", "text", ""},
    {Scalar::Name, "a name made of a-z, 0-9, '-' and single '.', beginning with a letter or digit",
     "text", R"(^[a-z0-9]([a-z0-9-]|\.(?!\.)){0,63}$)"},
    {Scalar::Label,
     "made of letters, digits, '-', '_', '+' and single '.', beginning with a letter or digit",
     "text", R"(^[A-Za-z0-9]([A-Za-z0-9_+-]|\.(?!\.)){0,63}$)"},
    {Scalar::Integer, "a whole number", "integer", R"(^-?[0-9]{1,9}$)"},
    {Scalar::ExitCode, "an exit code from 0 to 255", "integer",
     R"(^([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$)"},
    {Scalar::Flag, "true or false", "boolean", "^(true|false)$"},
    {Scalar::Duration, "a duration above zero with its unit: 500ms, 10s, 2m or 1h", "string",
     "^[1-9][0-9]{0,6}(ms|s|m|h)$"},
    {Scalar::Size, "a size above zero with its unit: 500MiB, 4GiB", "string",
     "^[1-9][0-9]{0,5}[MG]iB$"},
    {Scalar::Errno, "OK or the name of an errno", "string", "^(OK|E[A-Z0-9]+)$"},
    {Scalar::Regex, "a regular expression (ECMAScript)", "string", ""},
    {Scalar::Range, "a version range: \">=20230228\", \">=20230214 <20260112\"", "text",
     "^((>=|>|<=|<)?[0-9]{8})( +(>=|>|<=|<)?[0-9]{8})*$"},
    {Scalar::AxisValue, "a value of the axis, or a version range that begins with < or >", "text",
     ""},
    {Scalar::Request, "a request as journals name it: ACCESS", "string", "^[A-Z][A-Z0-9_]{0,30}$"},
    {Scalar::Path, "an absolute path without '..'", "text", R"(^(/(?!\.\.(/|$))[^/]*)+$)"},
    {Scalar::ListEntry, "text without blanks and commas", "text", R"(^[^\s,]+$)"},
};

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// Compiled once: that takes longer than all matches of a file.
bool fits_pattern(const std::string& text, Scalar scalar) {
  static const std::vector<std::regex> kCompiled = [] {
    std::vector<std::regex> compiled;
    for (const ScalarRule& rule : kRules) compiled.emplace_back(std::string(rule.pattern));
    return compiled;
  }();
  const ScalarRule& rule = rule_of(scalar);
  if (rule.pattern.empty()) return true;
  if (text.size() > kLongestMatched) return false;
  return std::regex_match(text, kCompiled[static_cast<std::size_t>(&rule - kRules)]);
}

std::string regex_misfit(const std::string& text) {
  if (text.size() > kLongestRegex)
    return "is longer than " + std::to_string(kLongestRegex) + " bytes";
  try {
    const std::regex compiled(text);
  } catch (const std::regex_error& error) {
    return "must be a regular expression (ECMAScript): " + std::string(error.what());
  }
  return "";
}

std::string range_misfit(const std::string& text) {
  const auto range = VersionRange::parse(text);
  return range ? "" : "must be a version range: " + range.error().message;
}

std::string errno_misfit(const std::string& text) {
  const auto& names = errno_names();
  if (std::find(names.begin(), names.end(), text) != names.end()) return "";
  return "must be OK or the name of an errno, not " + in_quotes(text) + did_you_mean(text, names);
}

// What a pattern cannot say.
std::string further_misfit(const std::string& text, Scalar scalar) {
  switch (scalar) {
    case Scalar::Words:
      return is_blank(text) ? "must not be empty" : "";
    case Scalar::Errno:
      return errno_misfit(text);
    case Scalar::Regex:
      return regex_misfit(text);
    case Scalar::Range:
      return range_misfit(text);
    case Scalar::AxisValue:
      return !text.empty() && (text[0] == '<' || text[0] == '>') ? range_misfit(text) : "";
    case Scalar::Text:
    case Scalar::Name:
    case Scalar::Label:
    case Scalar::Integer:
    case Scalar::ExitCode:
    case Scalar::Flag:
    case Scalar::Duration:
    case Scalar::Size:
    case Scalar::Request:
    case Scalar::Path:
    case Scalar::ListEntry:
      return "";
  }
  return "";
}

}  // namespace

const ScalarRule& rule_of(Scalar scalar) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const ScalarRule& rule) { return rule.scalar == scalar; });
  CHECK(found != std::end(kRules), "a scalar without a row");
  return *found;
}

std::string_view kind_of(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "nothing";
    case YamlNode::Kind::Scalar:
      return "text";
    case YamlNode::Kind::List:
      return "a list";
    case YamlNode::Kind::Map:
      return "a map";
  }
  return "";
}

std::string misfit(const YamlNode& node, Scalar scalar) {
  const ScalarRule& rule = rule_of(scalar);
  const std::string must = "must be " + std::string(rule.expected) + ", not ";
  if (!node.is_scalar()) return must + std::string(kind_of(node));
  const bool unquoted = rule.json_type == "integer" || rule.json_type == "boolean";
  if (unquoted && node.quoted) return must + "text in quotes";
  if (std::string why = further_misfit(node.text, scalar); !why.empty()) return why;
  return fits_pattern(node.text, scalar) ? "" : must + in_quotes(node.text);
}

milliseconds duration_of(const std::string& text) {
  if (!fits_pattern(text, Scalar::Duration)) return milliseconds(0);
  const std::size_t digits = text.find_first_not_of("0123456789");
  const milliseconds number(std::stol(text.substr(0, digits)));
  const std::string unit = text.substr(digits);
  if (unit == "ms") return number;
  if (unit == "s") return number * 1000;
  return unit == "m" ? number * 60'000 : number * 3'600'000;
}

int integer_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

const std::vector<std::string>& errno_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = {"OK"};
    for (int error = 1; error <= 133; ++error) {
      if (const char* name = ::strerrorname_np(error)) names.emplace_back(name);
    }
    return names;
  }();
  return kNames;
}

}  // namespace testbed
