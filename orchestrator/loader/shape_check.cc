#include "orchestrator/loader/shape_check.h"

#include <algorithm>

#include "orchestrator/loader/spelling.h"

namespace testbed {
namespace {

std::vector<std::string> names_of(const std::vector<NamedKind>& kinds) {
  std::vector<std::string> names;
  for (const NamedKind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

class ShapeChecker {
 public:
  explicit ShapeChecker(ProblemList& problems) : problems_(problems) {}

  // `what` names the section in messages: "`limits`".
  void section(const YamlNode& node, const Shape& shape, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::Map, what)) return;
    for (const YamlEntry& entry : node.entries) {
      if (const Field* known = shape.find(entry.key)) {
        field(entry.value, *known);
      } else {
        problems_.add(entry.at, "unknown key " + in_quotes(entry.key) +
                                    did_you_mean(entry.key, shape.names()));
      }
    }
    for (const Field& needed : shape.fields) {
      if (needed.required && node.find(needed.name) == nullptr)
        problems_.add(node.at, what + " needs the key " + in_quotes(needed.name));
    }
  }

 private:
  void field(const YamlNode& node, const Field& field) {
    const std::string what = in_quotes(field.name);
    switch (field.form) {
      case Form::One:
        return scalar(node, field, what);
      case Form::OneOrMore:
        return one_or_more(node, field, what);
      case Form::List:
        return scalars(node, field, what);
      case Form::TextMap:
        return text_map(node, field, what);
      case Form::Where:
        return where(node, what);
      case Form::Axes:
        return axes(node, what);
      case Form::Section:
        return section(node, *field.shape, what);
      case Form::Sections:
        return sections(node, *field.shape, what);
      case Form::LabelSections:
        return label_sections(node, *field.shape, what);
      case Form::Kinds:
        return kinds(node, *field.kinds, what);
    }
  }

  bool is_a(const YamlNode& node, YamlNode::Kind kind, const std::string& what) {
    if (node.kind == kind) return true;
    YamlNode wanted;
    wanted.kind = kind;
    problems_.add(node.at, what + " must be " + std::string(kind_of(wanted)) + ", not " +
                               std::string(kind_of(node)));
    return false;
  }

  bool is_filled_list(const YamlNode& node, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::List, what)) return false;
    if (node.items.empty()) problems_.add(node.at, what + " must not be empty");
    return true;
  }

  void scalar(const YamlNode& node, Scalar wanted, const std::string& what) {
    if (const std::string why = misfit(node, wanted); !why.empty())
      problems_.add(node.at, what + " " + why);
  }
  void scalar(const YamlNode& node, const Field& field, const std::string& what) {
    if (field.choices.empty() || !node.is_scalar()) return scalar(node, field.scalar, what);
    if (std::find(field.choices.begin(), field.choices.end(), node.text) != field.choices.end())
      return;
    problems_.add(node.at, what + " must be " + one_of(field.choices) + ", not " +
                               in_quotes(node.text) + did_you_mean(node.text, field.choices));
  }
  void scalars(const YamlNode& node, const Field& field, const std::string& what) {
    if (!is_filled_list(node, what)) return;
    for (const YamlNode& item : node.items) scalar(item, field, "an entry of " + what);
  }
  void one_or_more(const YamlNode& node, const Field& field, const std::string& what) {
    if (node.is_list()) return scalars(node, field, what);
    scalar(node, field, what);
  }

  void key(const YamlEntry& entry, Scalar wanted, const std::string& what) {
    const YamlNode as_node{
        .kind = YamlNode::Kind::Scalar, .at = entry.at, .text = entry.key, .entries = {}};
    scalar(as_node, wanted, what);
  }

  void text_map(const YamlNode& node, const Field& field, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::Map, what)) return;
    for (const YamlEntry& entry : node.entries) {
      key(entry, Scalar::Name, "a key of " + what);
      scalar(entry.value, field.scalar, in_quotes(entry.key));
    }
  }

  void where(const YamlNode& node, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::Map, what)) return;
    const Field values{.name = {}, .form = Form::OneOrMore, .scalar = Scalar::AxisValue};
    for (const YamlEntry& entry : node.entries)
      one_or_more(entry.value, values, in_quotes(entry.key));
  }

  void axes(const YamlNode& node, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::Map, what)) return;
    const Field values{.name = {}, .form = Form::List, .scalar = Scalar::Label};
    for (const YamlEntry& entry : node.entries) {
      key(entry, Scalar::Name, "an axis");
      if (entry.value.is_map()) {
        section(entry.value, axis_shape(), in_quotes(entry.key));
      } else {
        scalars(entry.value, values, in_quotes(entry.key));
      }
    }
  }

  void sections(const YamlNode& node, const Shape& shape, const std::string& what) {
    if (!is_filled_list(node, what)) return;
    for (const YamlNode& item : node.items) section(item, shape, "an entry of " + what);
  }

  void label_sections(const YamlNode& node, const Shape& shape, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::Map, what)) return;
    if (node.entries.empty()) problems_.add(node.at, what + " must not be empty");
    for (const YamlEntry& entry : node.entries) {
      key(entry, Scalar::Label, "a key of " + what);
      section(entry.value, shape, in_quotes(entry.key));
    }
  }

  void kinds(const YamlNode& node, const std::vector<NamedKind>& table, const std::string& what) {
    if (!is_a(node, YamlNode::Kind::List, what)) return;
    for (const YamlNode& item : node.items) {
      if (item.is_scalar()) {
        named_kind(item.text, item.at, {}, table);
      } else if (item.is_map() && item.entries.size() == 1) {
        const YamlEntry& entry = item.entries.front();
        named_kind(entry.key, entry.at, entry.value, table);
      } else {
        problems_.add(item.at,
                      "an entry of " + what + " must be a name, or one name with settings");
      }
    }
  }

  void named_kind(const std::string& name, Position at, const YamlNode& settings,
                  const std::vector<NamedKind>& table) {
    const NamedKind* kind = find_kind(table, name);
    if (kind == nullptr) {
      problems_.add(at,
                    in_quotes(name) + " is not known here" + did_you_mean(name, names_of(table)));
      return;
    }
    if (settings.kind != YamlNode::Kind::Null &&
        !is_a(settings, YamlNode::Kind::Map, in_quotes(name)))
      return;
    for (const YamlEntry& entry : settings.entries) setting(entry, *kind);
    for (const SettingKind& needed : kind->settings) {
      if (needed.required && settings.find(needed.name) == nullptr)
        problems_.add(at, in_quotes(name) + " needs the key " + in_quotes(needed.name));
    }
  }

  void setting(const YamlEntry& entry, const NamedKind& kind) {
    const SettingKind* known = kind.find(entry.key);
    const std::string what = in_quotes(entry.key);
    if (known == nullptr) {
      std::vector<std::string> names;
      for (const SettingKind& setting : kind.settings) names.emplace_back(setting.name);
      problems_.add(entry.at, in_quotes(kind.name) + " has no setting " + what +
                                  did_you_mean(entry.key, names));
      return;
    }
    switch (known->type) {
      case SettingKind::Type::Text:
        return scalar(entry.value, {.name = {}, .scalar = Scalar::Words, .choices = known->choices},
                      what);
      case SettingKind::Type::Path:
        return scalar(entry.value, Scalar::Path, what);
      case SettingKind::Type::Flag:
        return scalar(entry.value, Scalar::Flag, what);
      case SettingKind::Type::Lines:
        return scalars(entry.value, {.name = {}, .form = Form::List, .scalar = Scalar::Words},
                       what);
      case SettingKind::Type::List:
        // Lists reach their component joined by commas.
        return scalars(entry.value, {.name = {}, .form = Form::List, .scalar = Scalar::ListEntry},
                       what);
    }
  }

  ProblemList& problems_;
};

}  // namespace

void check_shape(const YamlNode& root, const Shape& shape, ProblemList& problems) {
  ShapeChecker(problems).section(root, shape, "the file");
}

}  // namespace testbed
