#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/artifact/source.h"

namespace testbed {

// The source of that kind, one of source_kinds(); null for any other name.
std::unique_ptr<Source> make_source(std::string_view kind);

// The rows of that table, each in a file of its own.
std::unique_ptr<Source> make_go_module_source();
std::unique_ptr<Source> make_go_build_source();
std::unique_ptr<Source> make_files_source();
std::unique_ptr<Source> make_release_source();
std::unique_ptr<Source> make_debian_source();
std::unique_ptr<Source> make_path_source();
std::unique_ptr<Source> make_mmdebstrap_source();
std::unique_ptr<Source> make_oci_image_source();
std::unique_ptr<Source> make_host_root_source();

// A setting's text; empty when it is not given. The loader has checked that required ones are.
std::string setting(const SourceSpec& spec, const std::string& name);

}  // namespace testbed
