#pragma once

#include <map>
#include <string>
#include <vector>

namespace testbed {

// One way to obtain an artifact: a kind and its settings, both from an images/ file.
// The kinds and their settings are the table source_kinds() in kinds.h.
struct SourceSpec {
  std::string kind;
  std::map<std::string, std::string> settings;
};

struct ArtifactVersion {
  std::string label;                // "20240722"; "latest" where there is only one
  std::vector<SourceSpec> sources;  // in order; at least one
  std::string note;                 // why it is unusual; may be empty
};

// A thing under test or needed by one.
struct Artifact {
  enum class Kind { Program, RootFilesystem };
  std::string name;  // "runsc", "debian-base"
  Kind kind = Kind::Program;
  std::string summary;
  std::vector<ArtifactVersion> versions;  // oldest first
  std::string file;

  const ArtifactVersion* find(const std::string& label) const {
    for (const ArtifactVersion& version : versions) {
      if (version.label == label) return &version;
    }
    return nullptr;
  }
};

// The thing, on disk.
struct ObtainedArtifact {
  std::string name, label;
  std::string directory;              // in the cache: never changed by anybody
  std::string digest;                 // sha512 of the tree: the identity
  std::string source;                 // the kind that yielded it: "go-module"
  std::vector<std::string> failures;  // reasons of the sources tried before it
};

}  // namespace testbed
