#include "orchestrator/loader/schema.h"

namespace testbed {
namespace {

json::array strings(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

// The loader takes the text of numbers and booleans where text is wanted.
json::value type_of(const ScalarRule& rule) {
  if (rule.json_type == "text") return json::array{"string", "number", "boolean"};
  return json::value(rule.json_type);
}

json::object scalar_schema(Scalar scalar) {
  const ScalarRule& rule = rule_of(scalar);
  json::object schema{{"type", type_of(rule)}};
  if (!rule.pattern.empty() && (rule.json_type == "text" || rule.json_type == "string"))
    schema["pattern"] = rule.pattern;
  if (scalar == Scalar::Words) schema["pattern"] = R"(\S)";
  if (scalar == Scalar::Errno) schema = {{"enum", strings(errno_names())}};
  if (scalar == Scalar::ExitCode) {
    schema["minimum"] = 0;
    schema["maximum"] = 255;
  }
  return schema;
}

json::object list_of(json::object items, std::size_t least) {
  return {{"type", "array"}, {"items", std::move(items)}, {"minItems", least}};
}

json::object one_or_more(const json::object& item) {
  return {{"anyOf", json::array{item, list_of(item, 1)}}};
}

json::object map_of(json::object values, Scalar keys) {
  return {{"type", "object"},
          {"propertyNames", json::object{{"pattern", rule_of(keys).pattern}}},
          {"additionalProperties", std::move(values)}};
}

json::object shape_schema(const Shape& shape);

json::object setting_schema(const SettingKind& setting) {
  switch (setting.type) {
    case SettingKind::Type::Text:
      if (!setting.choices.empty()) return {{"enum", strings(setting.choices)}};
      return scalar_schema(Scalar::Words);
    case SettingKind::Type::Path:
      return scalar_schema(Scalar::Path);
    case SettingKind::Type::Flag:
      return scalar_schema(Scalar::Flag);
    case SettingKind::Type::Lines:
      return list_of(scalar_schema(Scalar::Words), 1);
    case SettingKind::Type::List:
      return list_of(scalar_schema(Scalar::ListEntry), 1);
  }
  return {};
}

json::object closed_object(json::object properties, json::array required) {
  json::object schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

// {name: {setting: value}} of one kind.
json::object kind_schema(const NamedKind& kind) {
  json::object properties;
  json::array required;
  for (const SettingKind& setting : kind.settings) {
    json::object schema = setting_schema(setting);
    schema["description"] = setting.help;
    properties[setting.name] = std::move(schema);
    if (setting.required) required.emplace_back(setting.name);
  }
  json::object settings = closed_object(std::move(properties), std::move(required));
  settings["description"] = kind.help;
  return closed_object({{kind.name, std::move(settings)}}, {json::value(kind.name)});
}

json::object kinds_schema(const std::vector<NamedKind>& kinds) {
  json::array plain, choices;
  for (const NamedKind& kind : kinds) {
    bool needs_settings = false;
    for (const SettingKind& setting : kind.settings) needs_settings |= setting.required;
    if (!needs_settings) plain.emplace_back(kind.name);
    choices.push_back(kind_schema(kind));
  }
  if (!plain.empty()) choices.push_back(json::object{{"enum", std::move(plain)}});
  return list_of({{"anyOf", std::move(choices)}}, 0);
}

json::object form_schema(const Field& field) {
  json::object item = field.choices.empty() ? scalar_schema(field.scalar)
                                            : json::object{{"enum", strings(field.choices)}};
  switch (field.form) {
    case Form::One:
      return item;
    case Form::OneOrMore:
      return one_or_more(item);
    case Form::List:
      return list_of(item, 1);
    case Form::TextMap:
      return map_of(item, Scalar::Name);
    case Form::Where:
      return map_of(one_or_more(scalar_schema(Scalar::AxisValue)), Scalar::Name);
    case Form::Axes:
      return map_of({{"anyOf", json::array{list_of(scalar_schema(Scalar::Label), 1),
                                           shape_schema(axis_shape())}}},
                    Scalar::Name);
    case Form::Section:
      return shape_schema(*field.shape);
    case Form::Sections:
      return list_of(shape_schema(*field.shape), 1);
    case Form::LabelSections: {
      json::object schema = map_of(shape_schema(*field.shape), Scalar::Label);
      schema["minProperties"] = 1;
      return schema;
    }
    case Form::Kinds:
      return kinds_schema(*field.kinds);
  }
  return {};
}

json::object shape_schema(const Shape& shape) {
  json::object properties;
  json::array required;
  for (const Field& field : shape.fields) {
    json::object schema = form_schema(field);
    schema["description"] = field.help;
    properties[field.name] = std::move(schema);
    if (field.required) required.emplace_back(field.name);
  }
  json::object schema = closed_object(std::move(properties), std::move(required));
  schema["description"] = shape.help;
  return schema;
}

}  // namespace

json::object schema_of(FileKind kind) {
  json::object schema{{"$schema", "http://json-schema.org/draft-07/schema#"}};
  schema["title"] = shape_of(kind).help;
  for (auto& [key, value] : shape_schema(shape_of(kind))) schema.insert_or_assign(key, value);
  return schema;
}

}  // namespace testbed
