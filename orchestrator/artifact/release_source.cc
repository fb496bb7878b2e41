#include <algorithm>
#include <cctype>

#include "orchestrator/artifact/command.h"
#include "orchestrator/artifact/sources.h"
#include "orchestrator/base/sha512.h"

namespace testbed {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::size_t kDigestDigits = 128;
// tar tells the compression by the content.
constexpr std::string_view kArchives[] = {".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"};

bool is_archive(const std::string& name) {
  return std::any_of(std::begin(kArchives), std::end(kArchives),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

bool begins_with_https(const std::string& text) { return text.rfind(kHttps, 0) == 0; }

// Both refuse to be led away from https.
Result<Command> downloader(const std::string& url, const fs::path& file) {
  if (!find_program("curl").empty()) {
    return Command{.argv = {"curl", "--fail", "--silent", "--show-error", "--location", "--proto",
                            "=https", "--proto-redir", "=https", "--retry", "2",
                            "--connect-timeout", "20", "--output", file.string(), url},
                   .env = {},
                   .cwd = {}};
  }
  if (!find_program("wget").empty()) {
    return Command{.argv = {"wget", "--no-verbose", "--tries=3", "--timeout=20", "--max-redirect=0",
                            "--output-document=" + file.string(), url},
                   .env = {},
                   .cwd = {}};
  }
  return Error{"needs curl: apt-get install curl"};
}

Result<> download(const std::string& url, const fs::path& file, const ObtainContext& context) {
  if (!begins_with_https(url)) return Error{"refuses " + url + ": only https:// is fetched"};
  if (context.progress) context.progress("downloading " + url);
  return run_with_progress(TRY(downloader(url, file)), context);
}

// A digest as given, or the first word of the published checksum file ("<digest>  runsc").
Result<std::string> expected_digest(const std::string& given, const ObtainContext& context) {
  std::string text = given;
  if (begins_with_https(given)) {
    const fs::path file = context.scratch / "published.sha512";
    TRY(download(given, file, context));
    text = TRY(read_file(file, 1 << 16));
  }
  text = text.substr(0, text.find_first_of(" \t\r\n"));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text.size() == kDigestDigits &&
      text.find_first_not_of("0123456789abcdef") == std::string::npos) {
    return text;
  }
  return Error{given + " gives no sha512 digest of 128 hexadecimal digits"};
}

Result<> verify(const fs::path& file, const std::string& expected, const std::string& url) {
  const std::string digest = TRY(sha512_of_file(file));
  if (digest == expected) return {};
  return Error{url + " has the sha512 " + digest + ", published is " + expected +
               ": not used; a proxy may have changed it, or the release was replaced"};
}

// Programs of an archive lie at its top or in its only folder; sidecars keep their place beside
// them.
Result<> unpack(const fs::path& archive, const fs::path& into, const ObtainContext& context) {
  const fs::path unpacked = context.scratch / "unpacked";
  TRY(make_directories(unpacked));
  const Command tar{.argv = {"tar", "--extract", "--no-same-owner", "--file", archive.string(),
                             "--directory", unpacked.string()},
                    .env = {},
                    .cwd = {}};
  TRY(run_with_progress(tar, context));
  fs::path top = unpacked;
  const auto names = list_directory(unpacked);
  std::error_code error;
  if (names.size() == 1 && fs::is_directory(unpacked / names[0], error)) top = unpacked / names[0];
  for (const std::string& name : list_directory(top)) {
    fs::rename(top / name, into / name, error);
    if (error) return errno_error("rename", top / name, error.value());
  }
  return {};
}

Result<> place_program(const fs::path& file, const fs::path& target) {
  std::error_code error;
  fs::rename(file, target, error);
  if (error) return errno_error("rename", file, error.value());
  fs::permissions(target, static_cast<fs::perms>(0755), error);
  if (error) return errno_error("chmod", target, error.value());
  return {};
}

class ReleaseSource : public Source {
 public:
  Result<> obtain(const SourceSpec& spec, const fs::path& into,
                  const ObtainContext& context) override {
    const std::string url = setting(spec, "url");
    std::string name = setting(spec, "file");
    if (name.empty()) name = fs::path(url).filename().string();
    if (name != fs::path(name).filename()) return Error{name + " is not the name of a file"};
    const std::string expected = TRY(expected_digest(setting(spec, "sha512"), context));
    const fs::path file = context.scratch / "download";
    TRY(download(url, file, context));
    TRY(verify(file, expected, url));
    if (is_archive(name)) return unpack(file, into, context);
    return place_program(file, into / name);
  }
};

}  // namespace

std::unique_ptr<Source> make_release_source() { return std::make_unique<ReleaseSource>(); }

}  // namespace testbed
