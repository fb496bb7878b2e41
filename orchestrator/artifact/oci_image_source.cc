#include <unistd.h>

#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/root_tree.h"
#include "orchestrator/artifact/sources.h"

namespace testbed {
namespace {

class OciImageSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    TRY(require_program("skopeo", "skopeo"));
    TRY(require_program("umoci", "umoci"));
    const std::string image = (context.scratch / "image").string() + ":image";
    // Digests inside the image are checked by skopeo; signatures are no part of a scenario, so that
    // a machine without /etc/containers/policy.json serves as well.
    const Command copy{
        .argv = {"skopeo", "--insecure-policy", "copy", setting(spec, "reference"), "oci:" + image},
        .env = {},
        .cwd = {}};
    TRY(run_with_progress(copy, context));
    const fs::path rootfs = into / "rootfs";
    Command unpack{.argv = {"umoci", "raw", "unpack"}, .env = {}, .cwd = {}};
    if (::geteuid() != 0) unpack.argv.push_back("--rootless");
    unpack.argv.insert(unpack.argv.end(), {"--image", image, rootfs.string()});
    TRY(run_with_progress(unpack, context));
    return tidy_root_filesystem(rootfs);
  }
};

}  // namespace

std::unique_ptr<Source> make_oci_image_source() { return std::make_unique<OciImageSource>(); }

}  // namespace testbed
