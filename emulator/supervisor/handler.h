#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/supervisor/calls.h"
#include "emulator/supervisor/tracee.h"

namespace testbed::supervisor {

// A call at its seccomp stop, as a handler sees it: nothing of it has been done yet.
struct StoppedCall {
  pid_t tid = 0;
  const Call* call = nullptr;
  std::uint64_t args[6] = {};
  const TraceeMemory* memory = nullptr;
};

// What is to become of a call. A handler says what; the tracer knows how.
struct Decision {
  enum class Kind {
    Continue,  // as it was asked for
    Return,    // it is not made; `value` is its result (an error as -errno)
    Run,       // made with other arguments; the program sees its own again afterwards
  };
  Kind kind = Kind::Continue;
  std::int64_t value = 0;
  std::vector<std::pair<int, std::string>> paths{};   // argument, and the path it shall be
  std::vector<std::pair<int, std::uint64_t>> args{};  // argument, and its value
  int number = -1;                                    // of the call made instead; -1: the same
  // Turns the kernel's result into the program's. Null: it stays, and one stop suffices.
  std::function<std::int64_t(std::int64_t)> at_exit{};
  // First to be run, outside of the tree; `with_output` gets what it prints and decides.
  std::vector<std::string> command{};
  std::function<Decision(std::string)> with_output{};
  // For the journal and for --explain: the rule's kind, and the object. Empty: nothing was changed.
  const char* rule = "";
  std::string object{};

  static Decision answer(std::int64_t result, const char* by_rule, std::string on) {
    Decision decision;
    decision.kind = Kind::Return;
    decision.value = result;
    decision.rule = by_rule;
    decision.object = std::move(on);
    return decision;
  }
};

}  // namespace testbed::supervisor
