#include "tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDecoy = "decoy\n";

// A script, so that it can be executed as well as read.
void make_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0755);
}

void make_link(const std::string& target, const std::string& path) {
  [[maybe_unused]] const int result = ::symlink(target.c_str(), path.c_str());
}

void fill_real(const std::string& root) {
  const std::string real = root + "/real";
  ::mkdir(real.c_str(), 0755);
  make_file(real + "/file", "#!/bin/true real\n");
  ::mkdir((real + "/directory").c_str(), 0755);
  make_file(real + "/directory/inner", "inner\n");
  make_link("file", real + "/link");
  make_link("directory", real + "/link-directory");
  make_link("../outside", real + "/link-up");
  make_link(root + "/shown/file", real + "/absolute-link");
  make_link("loop", real + "/loop");
  make_link("missing", real + "/dangling");
}

void fill_around(const std::string& root) {
  make_file(root + "/outside", "#!/bin/true outside\n");
  ::mkdir((root + "/other").c_str(), 0755);
  make_link("shown", root + "/to-shown");
  make_link("shown/file", root + "/to-file");
  make_link("shown/directory", root + "/to-directory");
}

}  // namespace

void make_tree(const std::string& root) {
  std::error_code ignored;
  // `real` itself stays: a bind mount of it would go on showing the removed one.
  for (const auto& entry : fs::directory_iterator(root + "/real", ignored))
    fs::remove_all(entry.path(), ignored);
  for (const auto& entry : fs::directory_iterator(root, ignored)) {
    const std::string name = entry.path().filename();
    if (name != "real" && name != "shown") fs::remove_all(entry.path(), ignored);
  }
  fill_real(root);
  fill_around(root);
}

void make_tree_new(const std::string& root) {
  std::error_code ignored;
  fs::remove_all(root, ignored);
  fs::create_directories(root, ignored);
  fill_real(root);
  fill_around(root);
  ::mkdir((root + "/shown").c_str(), 0755);
  make_file(root + "/shown/file", kDecoy);
  make_file(root + "/shown/only-here", kDecoy);
}

std::string decoy_changed(const std::string& root) {
  std::string names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root + "/shown", ignored)) {
    const std::string name = entry.path().filename();
    if (entry.is_socket(ignored)) continue;  // addresses of sockets are not redirected
    std::ifstream file(entry.path());
    std::string text;
    std::getline(file, text);
    if ((name != "file" && name != "only-here") || text + "\n" != kDecoy) names += " " + name;
  }
  struct stat found {};
  for (const char* name : {"/shown/file", "/shown/only-here"}) {
    if (::stat((root + name).c_str(), &found) != 0) names += std::string(" missing:") + name;
  }
  return names;
}

}  // namespace conformance
