#include "orchestrator/base/sha512.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "orchestrator/base/tree_walk.h"

namespace testbed {

struct Sha512::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(),
                                                                 &EVP_MD_CTX_free};
};

Sha512::Sha512() : context_(std::make_unique<Context>()) {
  CHECK(EVP_DigestInit_ex(context_->digest.get(), EVP_sha512(), nullptr) == 1, "sha512");
}
Sha512::~Sha512() = default;
Sha512::Sha512(Sha512&&) noexcept = default;
Sha512& Sha512::operator=(Sha512&&) noexcept = default;

void Sha512::add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size()) == 1, "sha512");
}

std::string Sha512::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context_->digest.get(), digest, &size) == 1, "sha512");
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

namespace {

Result<std::string> describe(const fs::path& path, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return TRY(sha512_of_file(path));
  if (!S_ISLNK(status.st_mode)) return std::string("-");
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  if (error) return errno_error("readlink", path, error.value());
  return "-> " + target.string();
}

}  // namespace

std::string sha512_of(std::string_view bytes) {
  Sha512 hasher;
  hasher.add(bytes);
  return hasher.finish();
}

Result<std::string> sha512_of_file(const fs::path& path) {
  const UniqueFd fd = TRY(open_file(path, O_RDONLY));
  Sha512 hasher;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("read", path, errno);
    if (count == 0) return hasher.finish();
    hasher.add({buffer, static_cast<std::size_t>(count)});
  }
}

Result<std::string> sha512_of_tree(const fs::path& root) {
  Sha512 hasher;
  const auto add_entry = [&](const fs::path& relative, const struct stat& status) -> Result<> {
    const std::string what = TRY(describe(root / relative, status));
    hasher.add(relative.string() + '\0' + std::to_string(status.st_mode) + ' ' + what + '\n');
    return {};
  };
  TRY(walk_tree(root, add_entry));
  return hasher.finish();
}

}  // namespace testbed
