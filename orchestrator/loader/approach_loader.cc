#include "orchestrator/loader/approach_loader.h"

#include "orchestrator/base/sha512.h"
#include "orchestrator/loader/load_file.h"
#include "orchestrator/loader/spelling.h"

namespace testbed {
namespace {

void check_repeats(const Approach& approach, const YamlNode& root, ProblemList& problems) {
  const auto& items = root.items_of("components");
  for (std::size_t i = 0; i < approach.components.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (approach.components[i].name != approach.components[j].name) continue;
      problems.add(items[i].at,
                   "the component " + in_quotes(approach.components[i].name) + " again");
      break;
    }
  }
}

Approach read_approach(const CheckedFile& file, ProblemList& problems) {
  Approach approach{.name = file.root.text_of("approach"),
                    .summary = file.root.text_of("summary"),
                    .components = {},
                    .file = file.file,
                    .digest = sha512_of(file.text)};
  for (NamedSettings& named : named_settings(file.root.items_of("components"), component_kinds()))
    approach.components.push_back(
        {.name = std::move(named.name), .settings = std::move(named.settings)});
  must_be_named(file.root, "approach", fs::path(file.file).stem().string(), "the file", problems);
  if (problems.empty()) check_repeats(approach, file.root, problems);
  return approach;
}

}  // namespace

Loaded<Approach> load_approach(const fs::path& path) {
  return load_file<Approach>(path, FileKind::Approach, read_approach);
}

}  // namespace testbed
