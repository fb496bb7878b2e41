#include <unistd.h>

#include <sstream>

#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/root_tree.h"
#include "orchestrator/artifact/sources.h"

namespace testbed {
namespace {

// One moment for all times inside, so that the same packages give the same digest
// (https://reproducible-builds.org/specs/source-date-epoch/).
constexpr const char* kEpoch = "1700000000";

// What nobody reads inside a sandbox.
constexpr const char* kLeftOut[] = {"/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*",
                                    "/usr/share/locale/*"};

std::vector<fs::path> apt_files() {
  std::vector<fs::path> files = {"/etc/apt/sources.list"};
  for (const std::string& name : list_directory("/etc/apt/sources.list.d")) {
    if (name.ends_with(".list") || name.ends_with(".sources")) {
      files.push_back(fs::path("/etc/apt/sources.list.d") / name);
    }
  }
  return files;
}

// Whether an active line names the suite, in either of apt's formats (sources.list(5)).
bool names_suite(const std::string& text, const std::string& suite) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Suites:") && !line.starts_with("deb ")) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word == suite) return true;
    }
  }
  return false;
}

// The machine's own sources of that suite. Others, such as a vendor's repository, stay out.
Result<std::vector<std::string>> host_sources(const std::string& suite) {
  std::vector<std::string> sources;
  for (const fs::path& file : apt_files()) {
    const auto text = read_file(file, 1 << 20);
    if (text && names_suite(*text, suite)) sources.push_back(file.string());
  }
  if (sources.empty()) {
    return Error{"no file in /etc/apt names the suite " + suite +
                 ": give the source a mirror, or add the suite to the machine's sources"};
  }
  return sources;
}

Result<std::vector<std::string>> mmdebstrap_command(const SourceSpec& spec, const fs::path& tar) {
  std::vector<std::string> argv = {"mmdebstrap",
                                   "--variant=essential",
                                   "--format=tar",
                                   "--include=" + setting(spec, "packages"),
                                   "--aptopt=Acquire::Languages \"none\"",
                                   "--aptopt=APT::Install-Recommends \"false\""};
  for (const char* path : kLeftOut) argv.push_back(std::string("--dpkgopt=path-exclude=") + path);
  const std::string suite = setting(spec, "suite");
  if (suite.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return Error{suite + " is not the name of a Debian suite"};
  }
  argv.insert(argv.end(), {suite, tar.string()});
  const std::string mirror = setting(spec, "mirror");
  std::vector<std::string> sources{mirror};
  if (mirror.empty()) sources = TRY(host_sources(suite));
  argv.insert(argv.end(), sources.begin(), sources.end());
  return argv;
}

class MmdebstrapSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    TRY(require_program("mmdebstrap", "mmdebstrap"));
    // By way of an archive, so that without root, too, the files belong to who removes them.
    const fs::path tar = context.scratch / "rootfs.tar";
    const Command make{.argv = TRY(mmdebstrap_command(spec, tar)),
                       .env = {{"SOURCE_DATE_EPOCH", kEpoch}, {"LC_ALL", "C"}},
                       .cwd = {}};
    TRY(run_with_progress(make, context));
    const fs::path rootfs = into / "rootfs";
    TRY(make_directories(rootfs));
    const Command unpack{
        .argv = {"tar", "--extract", "--file", tar.string(), "--directory", rootfs.string(),
                 "--exclude=./dev/*", ::geteuid() == 0 ? "--same-owner" : "--no-same-owner"},
        .env = {},
        .cwd = {}};
    TRY(run_with_progress(unpack, context));
    TRY(remove_caches(rootfs));
    return tidy_root_filesystem(rootfs);
  }

 private:
  static Result<> remove_caches(const fs::path& rootfs) {
    for (const char* name : {"var/cache", "var/lib/apt", "var/log"}) {
      TRY(remove_tree(rootfs / name));
      TRY(make_directories(rootfs / name));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Source> make_mmdebstrap_source() { return std::make_unique<MmdebstrapSource>(); }

}  // namespace testbed
