#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "orchestrator/base/json.h"

namespace testbed::probe {

// What came of one operation. The first member of `value` is its main field, which --value looks
// at.
struct Outcome {
  const char* call = "";  // the system call that decided it
  long result = 0;        // of that call
  int error = 0;          // errno, 0 if it succeeded
  json::object value{};
};

using Arguments = std::vector<std::string>;

struct Operation {
  const char* name;
  const char* usage;  // arguments; [X] may be left out, X... may be repeated
  std::size_t fewest, most;
  // An Error is wrong usage; whatever the system answers is an Outcome.
  Result<Outcome> (*carry_out)(const Arguments& arguments);
  const char* help;
};

std::span<const Operation> file_operations();
std::span<const Operation> directory_operations();
std::span<const Operation> mount_operations();
std::span<const Operation> process_operations();

// All families, in the order in which --list shows them.
std::vector<Operation> operations();
const Operation* find_operation(std::string_view name);

// For callers of system calls: pointers and numbers of any width, as the kernel takes them.
template <class Argument>
long as_word(Argument argument) {
  if constexpr (std::is_pointer_v<Argument>)
    return reinterpret_cast<long>(argument);
  else if constexpr (std::is_null_pointer_v<Argument>)
    return 0;
  else
    return static_cast<long>(argument);
}

// The raw call: libc sometimes uses another one, tries again, or checks arguments itself.
template <class... Rest>
Outcome call(const char* name, long number, Rest... rest) {
  const long result = ::syscall(number, as_word(rest)...);
  return {.call = name, .result = result, .error = result == -1 ? errno : 0};
}

// Of a descriptor that the operation opened for itself; -1 is left alone. 0 or an errno.
int close_raw(long fd);

// The errno name, or null.
json::value name_or_null(int error);

struct Word {
  std::string_view name;
  unsigned long bits;
};

// "ro,bind" with a table of words; an Error that lists the words for anything else.
Result<unsigned long> bits_of(std::string_view text, std::span<const Word> words);

// Decimal, 0x hexadecimal or 0 octal.
Result<long> number_of(const std::string& text);

// The argument, or the fallback where there is none.
std::string argument_or(const Arguments& arguments, std::size_t index, const std::string& fallback);

}  // namespace testbed::probe
