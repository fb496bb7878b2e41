#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emulator/cni/address.h"
#include "orchestrator/base/json.h"

namespace testbed::cni {

using Problems = std::vector<std::string>;
std::string joined(const Problems& problems);

// Reads an object's members and notes each that is of the wrong kind, under its full path:
// "ipam.subnet: ...". Absent and null are the same. Does not own the object nor the problems.
class Fields {
 public:
  Fields(const json::object& source, std::string path, Problems& problems)
      : source_(&source), path_(std::move(path)), problems_(&problems) {}

  const json::object& source() const { return *source_; }
  bool has(std::string_view key) const;
  void problem(std::string_view key, const std::string& what);

  std::string text(std::string_view key, std::string_view fallback = "");
  bool flag(std::string_view key, bool fallback);
  std::int64_t number(std::string_view key, std::int64_t fallback, std::int64_t least,
                      std::int64_t most);
  std::optional<Address> address(std::string_view key);
  std::optional<Prefix> prefix(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  Fields object(std::string_view key);  // an empty one where there is none
  std::vector<Fields> list(std::string_view key);
  std::vector<std::vector<Fields>> list_of_lists(std::string_view key);

 private:
  const json::value* find(std::string_view key) const;
  std::string at(std::string_view key) const;
  std::vector<Fields> elements(const json::value& list, const std::string& path);

  const json::object* source_;
  std::string path_;
  Problems* problems_;
};

}  // namespace testbed::cni
