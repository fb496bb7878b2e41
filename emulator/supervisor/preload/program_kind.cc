#include "program_kind.h"

#include <elf.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace preload {
namespace {

constexpr int kMostInterpreters = 4;  // of a script of a script, as in Linux: BINPRM_MAX_RECURSION
constexpr std::size_t kFirstLine = 256;  // BINPRM_BUF_SIZE

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File open_file(const std::string& path) {
  return File(std::fopen(path.c_str(), "re"), [](FILE* file) { return std::fclose(file); });
}

bool has_loader(FILE* file, const Elf64_Ehdr& header) {
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const long at = static_cast<long>(header.e_phoff + i * std::size_t{header.e_phentsize});
    if (std::fseek(file, at, SEEK_SET) != 0 || std::fread(&segment, sizeof segment, 1, file) != 1)
      return false;
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

// "#!/bin/sh -e": "/bin/sh".
std::string interpreter_of(const char* first_line) {
  const char* name = first_line + std::strlen("#!");
  name += std::strspn(name, " \t");
  return {name, std::strcspn(name, " \t\n")};
}

}  // namespace

std::string find_in_path(const std::string& name) {
  const char* const path = std::getenv("PATH");
  if (name.find('/') != std::string::npos || path == nullptr) return name;
  for (const char* at = path; *at != '\0';) {
    const std::size_t length = std::strcspn(at, ":");
    const std::string candidate = std::string(at, length) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    at += length;
    if (*at == ':') ++at;
  }
  return name;
}

ProgramKind kind_of(const std::string& path) {
  std::string program = path;
  for (int i = 0; i < kMostInterpreters; ++i) {
    const File file = open_file(program);
    char begin[kFirstLine + 1] = {};
    if (!file || std::fread(begin, 1, kFirstLine, file.get()) < 4) return ProgramKind::Unreadable;
    if (std::memcmp(begin, "#!", 2) == 0) {
      program = interpreter_of(begin);
      continue;
    }
    Elf64_Ehdr header;
    std::memcpy(&header, begin, sizeof header);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return ProgramKind::Unreadable;
    return has_loader(file.get(), header) ? ProgramKind::Dynamic : ProgramKind::Static;
  }
  return ProgramKind::Unreadable;
}

}  // namespace preload
