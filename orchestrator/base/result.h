#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "orchestrator/base/check.h"

namespace testbed {

// What went wrong, as a lowercase fragment that reads well after "failed to run cell: ".
struct Error {
  std::string message;

  // The same error with what was being done in front: "reading a.yaml: no such file".
  Error in(std::string_view doing) && { return {std::string(doing) + ": " + std::move(message)}; }
};

// A value or the reason why there is none. Shaped like std::expected, which g++ 12 lacks in C++20.
// value() and error() abort when asked for what is not there.
template <class T = std::monostate>
class [[nodiscard]] Result {
 public:
  Result() requires std::is_same_v<T, std::monostate>
  = default;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  T& value() & { return at<0>(state_); }
  const T& value() const& { return at<0>(state_); }
  T&& value() && { return std::move(at<0>(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return at<1>(state_); }
  const Error& error() const& { return at<1>(state_); }
  Error&& error() && { return std::move(at<1>(state_)); }

 private:
  template <std::size_t kIndex, class State>
  static auto& at(State& state) {
    CHECK(state.index() == kIndex, "a Result was asked for what it does not hold");
    return *std::get_if<kIndex>(&state);
  }

  std::variant<T, Error> state_;
};

}  // namespace testbed

// The value, or return the error to our caller.
#define TRY(expr)                                            \
  __extension__({                                            \
    auto try_result_ = (expr);                               \
    if (!try_result_) return std::move(try_result_).error(); \
    std::move(try_result_).value();                          \
  })
