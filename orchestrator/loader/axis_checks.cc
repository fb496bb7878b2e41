#include "orchestrator/loader/axis_checks.h"

#include <algorithm>
#include <set>

#include "orchestrator/loader/scalars.h"
#include "orchestrator/loader/spelling.h"
#include "orchestrator/model/expand.h"

namespace testbed {
namespace {

class AxisChecker {
 public:
  AxisChecker(const Catalog& catalog, const LoadOptions& options, ProblemList& problems)
      : catalog_(catalog), options_(options), problems_(problems) {
    for (const Approach& approach : catalog.approaches) approaches_.push_back(approach.name);
  }

  void axes(const YamlNode& root) {
    const YamlNode* axes = root.find("axes");
    if (axes == nullptr || !axes->is_map()) return;
    for (const char* needed : {"sandbox", "approach"}) {
      if (axes->find(needed) == nullptr)
        problems_.add(axes->at, "`axes` needs the axis " + in_quotes(needed));
    }
    std::size_t cells = 1;
    for (const YamlEntry& axis : axes->entries) {
      const std::size_t values = values_of(axis);
      cells = cells > kMostCells ? cells : cells * std::max<std::size_t>(values, 1);
    }
    if (cells > kMostCells)
      problems_.add(axes->at, "the axes make more than " + std::to_string(kMostCells) + " cells");
  }

 private:
  // Checks the values, and says how many there are.
  std::size_t values_of(const YamlEntry& axis) {
    std::set<std::string> seen;
    for (const auto* items :
         {&axis.value.items, &axis.value.items_of("default"), &axis.value.items_of("also")}) {
      for (const YamlNode& item : *items) {
        if (!item.is_scalar()) continue;
        if (!seen.insert(item.text).second) {
          problems_.add(item.at, "the value " + in_quotes(item.text) + " again");
        } else {
          value(axis.key, item);
        }
      }
    }
    return seen.size();
  }

  void value(const std::string& axis, const YamlNode& item) {
    if (!misfit(item, Scalar::Label).empty()) return;  // already a problem of the file
    if (axis == "sandbox") return sandbox(item);
    if (axis == "approach") return approach(item);
    // Cell ids join the values of axes by '+'.
    if (item.text.find('+') != std::string::npos)
      problems_.add(item.at, "a value of " + in_quotes(axis) + " must not contain '+'");
  }

  void approach(const YamlNode& item) {
    if (catalog_.find_approach(item.text) == nullptr)
      problems_.add(item.at, "scenarios/approaches/ has no " + in_quotes(item.text) +
                                 did_you_mean(item.text, approaches_));
  }

  void sandbox(const YamlNode& item) {
    const auto spec = parse_sandbox(item.text);
    if (!spec) {
      problems_.add(item.at, spec.error().message);
    } else if (spec->kind == SandboxSpec::Kind::Fake && !options_.allow_fake) {
      problems_.add(item.at, "the sandbox `fake` is for tests only");
    } else if (spec->kind == SandboxSpec::Kind::Runsc) {
      runsc_version(item.at, spec->version);
    }
  }

  void runsc_version(Position at, const std::string& version) {
    const Artifact* runsc = catalog_.find_artifact("runsc");
    if (runsc != nullptr && runsc->find(version) != nullptr) return;
    std::vector<std::string> known;
    if (runsc != nullptr) {
      for (const ArtifactVersion& each : runsc->versions) known.push_back(each.label);
    }
    problems_.add(
        at, "images/runsc has no version " + in_quotes(version) + did_you_mean(version, known));
  }

  const Catalog& catalog_;
  const LoadOptions& options_;
  ProblemList& problems_;
  std::vector<std::string> approaches_;
};

}  // namespace

void check_axes(const YamlNode& root, const Catalog& catalog, const LoadOptions& options,
                ProblemList& problems) {
  AxisChecker(catalog, options, problems).axes(root);
}

}  // namespace testbed
