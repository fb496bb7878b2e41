#include "orchestrator/artifact/sources.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "orchestrator/artifact/go_toolchain.h"
#include "orchestrator/artifact/recipe.h"
#include "orchestrator/base/sha512.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/model/kinds.h"

namespace testbed {
namespace {

// The one helper: a source at work in folders of its own. PATH begins with bin/, where a test may
// put a program in place of a tool that would reach the network.
class Sources : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"bin", "into", "scratch"}) {
      ASSERT_TRUE(is_ok(make_directories(at(name))));
    }
    ::setenv("PATH", (at("bin").string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }
  fs::path at(const std::string& name) const { return folder_.path() / name; }
  void program(const std::string& name, const std::string& script) {
    ASSERT_TRUE(is_ok(write_file(at("bin") / name, "#!/bin/sh\n" + script)));
    fs::permissions(at("bin") / name, static_cast<fs::perms>(0755));
  }
  Result<> obtain(const std::string& kind, std::map<std::string, std::string> settings,
                  bool root = false) {
    const ObtainContext context{.artifact = "tool",
                                .label = "1",
                                .is_root_filesystem = root,
                                .scratch = at("scratch"),
                                .progress = {},
                                .deadline = Deadline::after(std::chrono::seconds(30)),
                                .stop = {}};
    return make_source(kind)->obtain({.kind = kind, .settings = std::move(settings)}, at("into"),
                                     context);
  }

  TempDir folder_ = TempDir::make(fs::temp_directory_path(), "testbed-sources").value();
  std::string path_ = std::getenv("PATH");
};

// Stands in for curl: what was asked for by its last part, from the folder published/.
constexpr const char* kFakeCurl = R"sh(
while [ $# -gt 1 ]; do [ "$1" = --output ] && out=$2; shift; done
exec cp "$(dirname "$0")/../published/$(basename "$1")" "$out"
)sh";

TEST_F(Sources, HaveOneRowForEveryKindThatAFileMayName) {
  for (const NamedKind& kind : source_kinds()) EXPECT_NE(make_source(kind.name), nullptr);
  EXPECT_EQ(make_source("floppy"), nullptr);
}

TEST_F(Sources, ReleaseTakesAFileWhoseDigestIsTheOnePublished) {
  program("curl", kFakeCurl);
  ASSERT_TRUE(is_ok(make_directories(at("published"))));
  ASSERT_TRUE(is_ok(write_file(at("published/tool"), "binary")));
  ASSERT_TRUE(is_ok(write_file(at("published/tool.sha512"), sha512_of("binary") + "  tool\n")));
  ASSERT_TRUE(is_ok(obtain("release", {{"url", "https://example.org/tool"},
                                       {"sha512", "https://example.org/tool.sha512"}})));
  EXPECT_EQ(read_part(at("into/tool"), 0, 10), "binary");
}

TEST_F(Sources, ReleaseRefusesAnotherDigestAndPlainHttp) {
  program("curl", kFakeCurl);
  ASSERT_TRUE(is_ok(make_directories(at("published"))));
  ASSERT_TRUE(is_ok(write_file(at("published/tool"), "changed on the way")));
  const std::string digest = sha512_of("binary");
  EXPECT_TRUE(
      fails_with(obtain("release", {{"url", "https://example.org/tool"}, {"sha512", digest}}),
                 "published is " + digest));
  EXPECT_TRUE(
      fails_with(obtain("release", {{"url", "http://example.org/tool"}, {"sha512", digest}}),
                 "only https:// is fetched"));
  EXPECT_TRUE(fails_with(obtain("release", {{"url", "https://example.org/x"}, {"sha512", "12"}}),
                         "128 hexadecimal digits"));
  EXPECT_TRUE(list_directory(at("into")).empty());
}

TEST_F(Sources, ReleaseKeepsTheSidecarsOfAnArchiveBesideTheProgram) {
  program("curl", kFakeCurl);
  ASSERT_TRUE(is_ok(make_directories(at("published/top/tool-bin"))));
  ASSERT_TRUE(is_ok(write_file(at("published/top/tool"), "program")));
  ASSERT_TRUE(is_ok(write_file(at("published/top/tool-bin/helper"), "helper")));
  const std::string archive = at("published/tool.tar.gz");
  ASSERT_EQ(std::system(("tar -czf " + archive + " -C " + at("published/top").string() +  // NOLINT
                         " tool tool-bin")
                            .c_str()),
            0);
  ASSERT_TRUE(is_ok(obtain("release", {{"url", "https://example.org/tool.tar.gz"},
                                       {"sha512", sha512_of_file(archive).value()}})));
  EXPECT_EQ(list_directory(at("into")), (std::vector<std::string>{"tool", "tool-bin"}));
}

TEST_F(Sources, AFailingToolIsQuotedWithWhatItPrinted) {
  program("apt-get", "echo \"E: Version 'x' was not found\"; exit 100");
  const auto got = obtain("debian", {{"package", "p"}, {"version", "x"}, {"file", "usr/bin/p"}});
  EXPECT_TRUE(fails_with(got, "exit code 100: E: Version 'x' was not found"));
  EXPECT_TRUE(fails_with(got, "apt-get update"));
}

TEST_F(Sources, GoModuleBuildsUnderTheArtifactsNameWithTheToolchainAskedFor) {
  program("go", R"(
[ "$1" = version ] && { echo go version go1.26.1 linux/amd64; exit; }
echo "$GOTOOLCHAIN $CGO_ENABLED $*" > "$GOBIN/cmd"
)");
  ASSERT_TRUE(is_ok(obtain(
      "go-module",
      {{"package", "example.org/x/cmd"}, {"version", "v1.2.3"}, {"toolchain", "go1.22.12"}})));
  EXPECT_EQ(read_part(at("into/tool"), 0, 300),
            "go1.22.12 0 install -v -trimpath -ldflags -s -w -X main.version=1 -X "
            "example.org/x/cmd/version.version=1 "
            "example.org/x/cmd@v1.2.3\n");
}

TEST_F(Sources, GoBuildMakesEveryPackageOfItsFolderAndLinksFurtherNames) {
  program("go", R"sh(
[ "$1" = version ] && { echo go version go1.26.1 linux/amd64; exit; }
while [ "$1" != -o ]; do line="$line $1"; shift; done
echo "$GOTOOLCHAIN $CGO_ENABLED$line $3 $4 in $(basename "$PWD")" > "$2/tool"
)sh");
  ASSERT_TRUE(is_ok(make_directories(at("src"))));
  ASSERT_TRUE(is_ok(obtain("go-build", {{"folder", at("src")},
                                        {"packages", ".,./pod"},
                                        {"toolchain", "go1.26.8"},
                                        {"tags", "a,b"},
                                        {"modfile", "new.mod"},
                                        {"links", "kubelet,kubectl"}})));
  EXPECT_EQ(read_part(at("into/kubectl"), 0, 300),
            "go1.26.8 0 build -v -trimpath -buildvcs=false -mod=readonly -ldflags -s -w -tags a,b "
            "-modfile new.mod . ./pod in src\n");
  EXPECT_EQ(fs::read_symlink(at("into/kubelet")), "tool");
  EXPECT_TRUE(fails_with(obtain("go-build", {{"folder", at("no")}}), "there is no folder"));
}

TEST_F(Sources, PathCopiesARootFileSystemButNeverTheMachinesOwn) {
  ASSERT_TRUE(is_ok(make_directories(at("tree/etc"))));
  ASSERT_TRUE(is_ok(obtain("path", {{"path", at("tree")}}, true)));
  EXPECT_TRUE(fs::is_directory(at("into/rootfs/etc")));
  EXPECT_TRUE(fs::is_directory(at("into/rootfs/testbed")));
  EXPECT_TRUE(fails_with(obtain("path", {{"path", "/"}}, true), "use the source host-root"));
}

TEST_F(Sources, HostRootIsALinkThatIsRemovedWithoutTheRoot) {
  ASSERT_TRUE(is_ok(obtain("host-root", {}, true)));
  EXPECT_EQ(fs::read_symlink(at("into/rootfs")), "/");
  ASSERT_TRUE(is_ok(remove_tree(at("into"))));
  EXPECT_TRUE(fs::exists("/bin/sh"));
}

TEST(GoVersion, ReadsTheMinorNumber) {
  EXPECT_EQ(go_minor_version("go version go1.19.8 linux/amd64"), 19);
  EXPECT_EQ(go_minor_version("go version go1.26rc1 linux/amd64"), 26);
  EXPECT_EQ(go_minor_version("bash: go: not found"), 0);
}

TEST(Recipe, ANoteIsNoPartOfItButASettingIs) {
  Artifact artifact;
  artifact.name = "tool";
  ArtifactVersion version{
      .label = "1", .sources = {{.kind = "debian", .settings = {{"package", "a"}}}}, .note = "x"};
  const std::string key = make_recipe(artifact, version).key;
  version.note = "y";
  EXPECT_EQ(make_recipe(artifact, version).key, key);
  version.sources[0].settings["package"] = "b";
  EXPECT_NE(make_recipe(artifact, version).key, key);
}

TEST(Recipe, AFolderCountsByWhatItHoldsWhereverItLies) {
  const TempDir here = TempDir::make(fs::temp_directory_path(), "testbed-recipe").value();
  const auto key_of = [&](const std::string& folder) {
    const ArtifactVersion version{
        .label = "1",
        .sources = {{.kind = "go-build",
                     .settings = {{"folder", (here.path() / folder).string()}}}},
        .note = ""};
    return make_recipe(Artifact{}, version).key;
  };
  for (const char* folder : {"a", "b"}) {
    ASSERT_TRUE(is_ok(make_directories(here.path() / folder)));
    ASSERT_TRUE(is_ok(write_file(here.path() / folder / "main.go", "package main")));
  }
  const std::string key = key_of("a");
  EXPECT_EQ(key_of("b"), key);
  ASSERT_TRUE(is_ok(write_file(here.path() / "a/main.go", "package other")));
  EXPECT_NE(key_of("a"), key);
}

}  // namespace
}  // namespace testbed
