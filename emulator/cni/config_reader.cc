#include "emulator/cni/config_reader.h"

#include "emulator/cni/names.h"

namespace testbed::cni {
namespace {

const json::object kNothing;

}  // namespace

std::string joined(const Problems& problems) {
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "; ") + problem;
  return text;
}

const json::value* Fields::find(std::string_view key) const {
  const json::value* value = source_->if_contains(key);
  return value && value->is_null() ? nullptr : value;
}

std::string Fields::at(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

bool Fields::has(std::string_view key) const { return find(key) != nullptr; }

void Fields::problem(std::string_view key, const std::string& what) {
  problems_->push_back(at(key) + ": " + what);
}

std::string Fields::text(std::string_view key, std::string_view fallback) {
  const json::value* value = find(key);
  if (!value) return std::string(fallback);
  if (value->is_string()) return std::string(value->get_string());
  problem(key, printable_start(to_line(*value)) + " is not a string");
  return std::string(fallback);
}

bool Fields::flag(std::string_view key, bool fallback) {
  const json::value* value = find(key);
  if (!value) return fallback;
  if (value->is_bool()) return value->get_bool();
  problem(key, printable_start(to_line(*value)) + " is neither true nor false");
  return fallback;
}

std::int64_t Fields::number(std::string_view key, std::int64_t fallback, std::int64_t least,
                            std::int64_t most) {
  const json::value* value = find(key);
  if (!value) return fallback;
  if (value->is_int64() && value->get_int64() >= least && value->get_int64() <= most) {
    return value->get_int64();
  }
  problem(key, printable_start(to_line(*value)) + " is not a number from " + std::to_string(least) +
                   " to " + std::to_string(most));
  return fallback;
}

std::optional<Address> Fields::address(std::string_view key) {
  const std::string written = text(key);
  if (written.empty()) return std::nullopt;
  const auto address = Address::parse(written);
  if (!address) problem(key, "\"" + printable_start(written) + "\" is not an address");
  return address;
}

std::optional<Prefix> Fields::prefix(std::string_view key) {
  const std::string written = text(key);
  if (written.empty()) return std::nullopt;
  const auto prefix = Prefix::parse(written);
  if (!prefix) problem(key, "\"" + printable_start(written) + "\" is not ADDRESS/LENGTH");
  return prefix;
}

std::vector<std::string> Fields::texts(std::string_view key) {
  std::vector<std::string> list;
  const json::value* value = find(key);
  if (!value) return list;
  if (!value->is_array()) {
    problem(key, "is not a list");
    return list;
  }
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) {
      list.emplace_back(item.get_string());
    } else {
      problem(key, "holds what is not a string");
    }
  }
  return list;
}

Fields Fields::object(std::string_view key) {
  const json::value* value = find(key);
  if (value && !value->is_object()) problem(key, "is not an object");
  return {value && value->is_object() ? value->get_object() : kNothing, at(key), *problems_};
}

std::vector<Fields> Fields::elements(const json::value& list, const std::string& path) {
  std::vector<Fields> all;
  if (!list.is_array()) {
    problems_->push_back(path + ": is not a list");
    return all;
  }
  for (const json::value& item : list.get_array()) {
    const std::string name = path + "[" + std::to_string(all.size()) + "]";
    if (!item.is_object()) problems_->push_back(name + ": is not an object");
    all.emplace_back(item.is_object() ? item.get_object() : kNothing, name, *problems_);
  }
  return all;
}

std::vector<Fields> Fields::list(std::string_view key) {
  const json::value* value = find(key);
  return value ? elements(*value, at(key)) : std::vector<Fields>();
}

std::vector<std::vector<Fields>> Fields::list_of_lists(std::string_view key) {
  std::vector<std::vector<Fields>> all;
  const json::value* value = find(key);
  if (!value) return all;
  if (!value->is_array()) {
    problem(key, "is not a list");
    return all;
  }
  for (const json::value& item : value->get_array()) {
    all.push_back(elements(item, at(key) + "[" + std::to_string(all.size()) + "]"));
  }
  return all;
}

}  // namespace testbed::cni
