#include "emulator/probe/operations.h"

#include <cstdlib>

#include "orchestrator/base/errno_name.h"

namespace testbed::probe {

std::vector<Operation> operations() {
  std::vector<Operation> all;
  for (const auto family :
       {file_operations(), directory_operations(), mount_operations(), process_operations()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

const Operation* find_operation(std::string_view name) {
  for (const auto family :
       {file_operations(), directory_operations(), mount_operations(), process_operations()})
    for (const Operation& operation : family)
      if (operation.name == name) return &operation;
  return nullptr;
}

int close_raw(long fd) { return fd < 0 ? 0 : call("close", SYS_close, fd).error; }

json::value name_or_null(int error) {
  return error == 0 ? json::value(nullptr) : json::value(errno_name(error));
}

Result<unsigned long> bits_of(std::string_view text, std::span<const Word> words) {
  unsigned long bits = 0;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    bool known = false;
    std::string all;
    for (const Word& word : words) {
      if (word.name == name) bits |= word.bits, known = true;
      all += (all.empty() ? "" : ",") + std::string(word.name);
    }
    if (!known) return Error{"unknown word '" + std::string(name) + "'; known are " + all};
  }
  return bits;
}

Result<long> number_of(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const auto number = static_cast<long>(std::strtoull(text.c_str(), &end, 0));
  if (text.empty() || *end != '\0' || errno != 0) return Error{"not a number: '" + text + "'"};
  return number;
}

std::string argument_or(const Arguments& arguments, std::size_t index,
                        const std::string& fallback) {
  return index < arguments.size() ? arguments[index] : fallback;
}

}  // namespace testbed::probe
