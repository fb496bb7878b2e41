#include "orchestrator/artifact/recipe.h"

#include "orchestrator/artifact/tree.h"
#include "orchestrator/base/host.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/sha512.h"

namespace testbed {
namespace {

// Raised when the sources make something else of the same settings.
constexpr int kFormat = 1;

json::object describe(const SourceSpec& source) {
  json::object settings;
  for (const auto& [name, value] : source.settings) settings[name] = value;
  // A folder counts by what it holds, wherever the project lies.
  if (settings.contains("folder")) {
    const auto content = sha512_of_tree(settings["folder"].as_string().c_str());
    settings["folder"] = content ? *content : "";
  }
  json::object object{{"kind", source.kind}, {"settings", std::move(settings)}};
  if (source.kind != "path") return object;
  // A path names what lies there now: rebuilt in place, it is another recipe.
  const auto path = source.settings.find("path");
  if (path == source.settings.end()) return object;
  if (const auto facts = look_at_tree(path->second)) object["stamp"] = facts->stamp;
  return object;
}

std::string key_of(const Recipe& recipe) {
  json::array sources;
  for (const SourceSpec& source : recipe.sources) sources.push_back(describe(source));
  // The machine's kind counts where a home directory, and so the cache, is shared.
  return sha512_of(to_line(
      json::object{{"format", kFormat},
                   {"machine", host::facts().machine},
                   {"name", recipe.name},
                   {"label", recipe.label},
                   {"kind", recipe.kind == Artifact::Kind::Program ? "program" : "root-filesystem"},
                   {"sources", std::move(sources)}}));
}

}  // namespace

Recipe make_recipe(const Artifact& artifact, const ArtifactVersion& version) {
  Recipe recipe{.kind = artifact.kind,
                .name = artifact.name,
                .label = version.label,
                .sources = version.sources,
                .key = {}};
  recipe.key = key_of(recipe);
  return recipe;
}

Recipe only_with_source(const Recipe& recipe, const std::string& kind) {
  Recipe narrowed = recipe;
  std::erase_if(narrowed.sources, [&](const SourceSpec& source) { return source.kind != kind; });
  narrowed.key = key_of(narrowed);
  return narrowed;
}

}  // namespace testbed
