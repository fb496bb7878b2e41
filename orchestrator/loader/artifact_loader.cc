#include "orchestrator/loader/artifact_loader.h"

#include <algorithm>

#include "orchestrator/loader/load_file.h"
#include "orchestrator/loader/spelling.h"

namespace testbed {
namespace {

bool is_date(const ArtifactVersion& version) {
  return version.label.size() == 8 &&
         version.label.find_first_not_of("0123456789") == std::string::npos;
}

// Dates in any order become oldest first; other labels keep the order of the file.
void sort_dates(std::vector<ArtifactVersion>& versions) {
  if (!std::all_of(versions.begin(), versions.end(), is_date)) return;
  std::sort(versions.begin(), versions.end(),
            [](const ArtifactVersion& a, const ArtifactVersion& b) { return a.label < b.label; });
}

void check_sources(const YamlEntry& version, ProblemList& problems) {
  const YamlNode* sources = version.value.find("sources");
  if (sources != nullptr && sources->is_list() && sources->items.empty())
    problems.add(sources->at, in_quotes(version.key) + " needs at least one source");
}

// A published file keeps its name in the artifact's directory and never leaves it.
void check_file_names(const YamlEntry& version, ProblemList& problems) {
  for (const YamlNode& source : version.value.items_of("sources")) {
    const YamlNode* release = source.find("release");
    const YamlNode* file = release == nullptr ? nullptr : release->find("file");
    if (file == nullptr || !file->is_scalar()) continue;
    if (file->text.find('/') != std::string::npos || file->text == "." || file->text == "..")
      problems.add(file->at,
                   "`file` must be a file name without '/', not " + in_quotes(file->text));
  }
}

// A folder lies beside the file that names it and never elsewhere.
void check_folders(const YamlEntry& version, const fs::path& beside, ProblemList& problems) {
  for (const YamlNode& source : version.value.items_of("sources")) {
    const YamlNode* settings = source.entries.empty() ? nullptr : &source.entries.front().value;
    const YamlNode* folder = settings == nullptr ? nullptr : settings->find("folder");
    if (folder == nullptr || !folder->is_scalar() || folder->text.empty()) continue;
    std::error_code ignored;
    const fs::path path = fs::path(folder->text).lexically_normal();
    if (path.is_absolute() || path.begin()->string() == "..")
      problems.add(folder->at,
                   "`folder` must lie beside this file, not be " + in_quotes(folder->text));
    else if (!fs::is_directory(beside / path, ignored))
      problems.add(folder->at,
                   "there is no folder " + in_quotes(folder->text) + " beside this file");
  }
}

Artifact read_artifact(const CheckedFile& file, ProblemList& problems) {
  Artifact artifact{.name = file.root.text_of("artifact"),
                    .kind = file.root.text_of("kind") == "program" ? Artifact::Kind::Program
                                                                   : Artifact::Kind::RootFilesystem,
                    .summary = file.root.text_of("summary"),
                    .versions = {},
                    .file = file.file};
  const fs::path beside = fs::absolute(file.file).lexically_normal().parent_path();
  for (const YamlEntry& entry : file.root.entries_of("versions")) {
    ArtifactVersion version{.label = entry.key, .sources = {}, .note = entry.value.text_of("note")};
    for (NamedSettings& named : named_settings(entry.value.items_of("sources"), source_kinds())) {
      if (named.settings.contains("folder"))
        named.settings["folder"] = (beside / named.settings["folder"]).lexically_normal().string();
      version.sources.push_back(
          {.kind = std::move(named.name), .settings = std::move(named.settings)});
    }
    artifact.versions.push_back(std::move(version));
    check_sources(entry, problems);
    check_file_names(entry, problems);
    check_folders(entry, beside, problems);
  }
  sort_dates(artifact.versions);
  must_be_named(file.root, "artifact", beside.filename().string(), "the folder", problems);
  return artifact;
}

}  // namespace

Loaded<Artifact> load_artifact(const fs::path& path) {
  return load_file<Artifact>(path, FileKind::Artifact, read_artifact);
}

}  // namespace testbed
