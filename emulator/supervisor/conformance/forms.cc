#include "forms.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace conformance {
namespace {

constexpr int kCannot = -2;
constexpr std::size_t kPathLimit = 4096;  // with its NUL: PATH_MAX of Linux

int directory_fd(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int enter(const std::string& path) { return ::chdir(path.c_str()) == 0 ? AT_FDCWD : kCannot; }

int change_root(const std::string& root) {
  return ::chroot(root.c_str()) == 0 && ::chdir("/") == 0 ? AT_FDCWD : kCannot;
}

// As a container runtime does it: a mount namespace of our own, the tree as its root, the old root
// detached.
int pivot_root(const std::string& root) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0)
    return kCannot;
  if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return kCannot;
  if (::chdir(root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0) return kCannot;
  if (::umount2(".", MNT_DETACH) != 0) return kCannot;
  return ::chdir("/") == 0 ? AT_FDCWD : kCannot;
}

// "./././shown/LEAF" of `length` bytes without the NUL.
const char* padded(std::size_t length) {
  static std::string text;
  const std::string tail = "shown/file";
  text.clear();
  while (text.size() + 2 + tail.size() <= length) text += "./";
  if (text.size() + tail.size() < length) text.insert(1, "/");
  text += tail;
  return text.c_str();
}

// The text ends with its page, and there is none behind it.
char* at_end_of_page(const char* text, std::size_t size) {
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  char* const pages = static_cast<char*>(
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::munmap(pages + page, page);
  std::memcpy(pages + page - size, text, size);
  return pages + page - size;
}

// The text runs into a page that is there and must not be read.
char* into_protected_page(const char* text, std::size_t size) {
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  char* const start = at_end_of_page(text, size);
  ::mmap(start + size, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return start;
}

constexpr std::array kForms = {
    Form{.name = "absolute", .text = "ROOT/shown/LEAF"},
    Form{.name = "relative", .text = "shown/LEAF"},
    Form{.name = "relative, from inside",
         .text = "LEAF",
         .prepare = [](const std::string& root) { return enter(root + "/shown"); }},
    Form{.name = "relative, from a directory inside",
         .text = "../LEAF",
         .prepare = [](const std::string& root) { return enter(root + "/shown/directory"); }},
    Form{.name = "dirfd",
         .text = "shown/LEAF",
         .needs_fd = true,
         .prepare = [](const std::string& root) { return directory_fd(root); }},
    Form{.name = "dirfd inside",
         .text = "LEAF",
         .needs_fd = true,
         .prepare = [](const std::string& root) { return directory_fd(root + "/shown"); }},
    Form{.name = "dirfd inside, up and back",
         .text = "../shown/LEAF",
         .needs_fd = true,
         .prepare = [](const std::string& root) { return directory_fd(root + "/shown"); }},
    Form{.name = "symlink to the directory", .text = "to-shown/LEAF"},
    Form{.name = "symlink to the object", .text = "to-LEAF"},
    Form{.name = "symlink inside", .text = "shown/link"},
    Form{.name = "symlink inside, absolute", .text = "shown/absolute-link"},
    Form{.name = "symlink inside, leading out", .text = "shown/link-up"},
    Form{.name = "symlink inside, loop", .text = "shown/loop"},
    Form{.name = "symlink inside, dangling", .text = "shown/dangling"},
    Form{.name = ".. before", .text = "other/../shown/LEAF"},
    Form{.name = ".. out of it", .text = "shown/../outside"},
    Form{.name = ".. inside", .text = "shown/directory/../LEAF"},
    Form{.name = "itself", .text = "shown"},
    Form{.name = "itself, with a slash", .text = "shown/"},
    Form{.name = "itself, with a dot", .text = "shown/."},
    Form{.name = "missing", .text = "shown/missing"},
    Form{.name = "what it hides", .text = "shown/only-here"},
    Form{.name = "equal beginning", .text = "shown-not/LEAF"},
    Form{.name = "below a file", .text = "shown/file/x"},
    Form{.name = "trailing slash, file", .text = "shown/file/"},
    Form{.name = "trailing slash, directory", .text = "shown/directory/"},
    Form{.name = "trailing slash, symlink", .text = "shown/link-directory/"},
    Form{.name = "repeated slashes", .text = "ROOT//shown///LEAF"},
    Form{.name = "4095 bytes",
         .text = "",
         .make = [](const std::string&) { return padded(kPathLimit - 1); }},
    Form{.name = "4096 bytes",
         .text = "",
         .make = [](const std::string&) { return padded(kPathLimit); }},
    Form{.name = "name of 256 bytes",
         .text = "",
         .make =
             [](const std::string&) {
               static const std::string kText = "shown/" + std::string(256, 'n');
               return kText.c_str();
             }},
    Form{.name = "empty", .text = ""},
    Form{.name = "null pointer",
         .text = "",
         .make = [](const std::string&) { return static_cast<const char*>(nullptr); }},
    Form{.name = "pointer to nothing",
         .text = "",
         .make = [](const std::string&) { return reinterpret_cast<const char*>(0x10); }},
    Form{.name = "ends with its page",
         .text = "",
         .make =
             [](const std::string&) {
               return static_cast<const char*>(at_end_of_page("shown/file", 11));
             }},
    Form{.name = "runs into nothing",
         .text = "",
         .make =
             [](const std::string&) {
               return static_cast<const char*>(at_end_of_page("shown/file", 10));
             }},
    Form{.name = "runs into a protected page",
         .text = "",
         .make =
             [](const std::string&) {
               return static_cast<const char*>(into_protected_page("shown/file", 10));
             }},
    Form{.name = "after chroot", .text = "/shown/LEAF", .prepare = change_root},
    Form{.name = "after chroot, up", .text = "../../shown/LEAF", .prepare = change_root},
    Form{.name = "after chroot elsewhere, by dirfd",
         .text = "shown/LEAF",
         .needs_fd = true,
         .prepare =
             [](const std::string& root) {
               const int fd = directory_fd(root);
               return ::chroot((root + "/other").c_str()) == 0 ? fd : kCannot;
             },
         .looks_only = true},
    Form{.name = "after pivot_root", .text = "/shown/LEAF", .prepare = pivot_root},
    Form{.name = "/proc/self/root", .text = "/proc/self/rootROOT/shown/LEAF"},
    Form{.name = "/proc/self/cwd", .text = "/proc/self/cwd/shown/LEAF"},
};

void replace(std::string& text, const std::string& word, const std::string& with) {
  const std::size_t at = text.find(word);
  if (at != std::string::npos) text.replace(at, word.size(), with);
}

}  // namespace

std::span<const Form> forms() { return kForms; }

const char* text_of(const Form& form, const PathCall& call, const std::string& root) {
  if (form.make != nullptr) return form.make(root);
  static std::string text;
  text = form.text;
  replace(text, "ROOT", root);
  replace(text, "LEAF", call.on_a_directory ? "directory" : "file");
  return text.c_str();
}

}  // namespace conformance
