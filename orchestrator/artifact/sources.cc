#include "orchestrator/artifact/sources.h"

#include <algorithm>
#include <iterator>

namespace testbed {
namespace {

struct SourceRow {
  std::string_view kind;
  std::unique_ptr<Source> (*make)();
};

constexpr SourceRow kSources[] = {
    {"go-module", make_go_module_source},
    {"release", make_release_source},
    {"go-build", make_go_build_source},
    {"debian", make_debian_source},
    {"path", make_path_source},
    {"files", make_files_source},
    {"mmdebstrap", make_mmdebstrap_source},
    {"oci-image", make_oci_image_source},
    {"host-root", make_host_root_source},
};

}  // namespace

std::unique_ptr<Source> make_source(std::string_view kind) {
  const auto* row = std::find_if(std::begin(kSources), std::end(kSources),
                                 [&](const SourceRow& source) { return source.kind == kind; });
  return row == std::end(kSources) ? nullptr : row->make();
}

std::string setting(const SourceSpec& spec, const std::string& name) {
  const auto found = spec.settings.find(name);
  return found == spec.settings.end() ? std::string() : found->second;
}

}  // namespace testbed
