#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "orchestrator/base/check.h"
#include "orchestrator/base/result.h"

namespace testbed::cni {

// Error codes of the CNI specification 1.1.0, section 5, and of this plugin (from 100 on).
enum class Code : unsigned {
  IncompatibleVersion = 1,
  UnsupportedField = 2,
  UnknownContainer = 3,
  InvalidEnvironment = 4,
  IoFailure = 5,
  Undecodable = 6,
  InvalidConfig = 7,
  TryAgainLater = 11,
  NotAvailable = 50,         // STATUS: cannot serve ADD
  LimitedConnectivity = 51,  // STATUS: nor keep what there is connected
  NetworkFailed = 100,       // the kernel or sandbox refused a link, an address, a route or a rule
  InterfaceExists = 101,
  CheckFailed = 102,    // CHECK found something missing or changed
  Injected = 103,       // asked for by "faults"
  Duplicate = 104,      // host-local: the attachment holds an address already
  AddressInUse = 105,   // the address that was asked for belongs to another attachment
  DelegateFailed = 106  // another plugin could not be run or answered nothing that can be read
};

// What the plugin answers instead of a result.
struct Failure {
  Code code{};
  std::string msg{};
  std::string details{};

  // The same with what was being done in front.
  Failure in(std::string_view doing) && {
    msg = std::string(doing) + ": " + std::move(msg);
    return std::move(*this);
  }
};

// A value or the failure to answer with; used as Result is, and with TRY.
template <class T = std::monostate>
class [[nodiscard]] Answer {
 public:
  Answer() requires std::is_same_v<T, std::monostate> : value_(std::in_place) {}
  Answer(T value) : value_(std::move(value)) {}
  Answer(Failure failure) : failure_(std::make_unique<Failure>(std::move(failure))) {}

  explicit operator bool() const { return value_.has_value(); }
  T& value() & { return checked(); }
  const T& value() const& { return const_cast<Answer*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &value(); }
  Failure& error() & { return failure(); }
  const Failure& error() const& { return const_cast<Answer*>(this)->failure(); }
  Failure&& error() && { return std::move(failure()); }

 private:
  T& checked() {
    CHECK(value_.has_value(), "an Answer was asked for what it does not hold");
    return *value_;
  }
  Failure& failure() {
    CHECK(failure_ != nullptr, "an Answer was asked for what it does not hold");
    return *failure_;
  }

  std::optional<T> value_{};
  // Apart: a failure is large and rare.
  std::unique_ptr<Failure> failure_{};
};

// What a base function returned, as this plugin's answer.
template <class T>
Answer<T> or_fail(Code code, Result<T> result) {
  if (!result) return Failure{.code = code, .msg = std::move(result).error().message};
  return std::move(result).value();
}

}  // namespace testbed::cni
