#include "orchestrator/loader/catalog_loader.h"

#include "orchestrator/loader/approach_loader.h"
#include "orchestrator/loader/artifact_loader.h"
#include "orchestrator/loader/cause_loader.h"

namespace testbed {
namespace {

std::vector<fs::path> yaml_files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const std::string& name : list_directory(folder)) {
    if (name.ends_with(".yaml") && !name.starts_with(".")) out.push_back(folder / name);
  }
  return out;
}

std::vector<fs::path> artifact_files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const std::string& name : list_directory(folder)) {
    std::error_code ignored;
    const fs::path file = folder / name / "artifact.yaml";
    if (fs::exists(file, ignored)) out.push_back(file);
  }
  return out;
}

// Whether each file yields its own value is kept in `problems`.
template <class T>
std::vector<T> load_each(const std::vector<fs::path>& files, Loaded<T> (*load)(const fs::path&),
                         std::vector<Problem>& problems) {
  std::vector<T> out;
  for (const fs::path& file : files) {
    Loaded<T> loaded = load(file);
    problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
    if (loaded.value) out.push_back(std::move(*loaded.value));
  }
  return out;
}

}  // namespace

Loaded<Catalog> load_catalog(const fs::path& project_root) {
  const fs::path scenarios = (project_root / "scenarios").lexically_normal();
  const fs::path images = (project_root / "images").lexically_normal();
  Loaded<Catalog> loaded;
  Catalog catalog{
      .approaches =
          load_each(yaml_files_in(scenarios / "approaches"), load_approach, loaded.problems),
      .artifacts = load_each(artifact_files_in(images), load_artifact, loaded.problems),
      .causes = load_each(yaml_files_in(scenarios / "causes"), load_cause, loaded.problems)};
  if (loaded.problems.empty()) loaded.value = std::move(catalog);
  return loaded;
}

}  // namespace testbed
