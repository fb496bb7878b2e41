#pragma once

#include <optional>
#include <utility>

namespace testbed {

// Why there is no value: the errno the kernel is to give to its caller.
struct Errno {
  int number;
};

// A value or an errno. Result carries text for people; what a file system answers is a number.
template <class T>
class [[nodiscard]] Reply {
 public:
  Reply(T value) : value_(std::move(value)) {}
  Reply(Errno error) : error_(error.number) {}

  explicit operator bool() const { return value_.has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  // 0 when there is a value.
  int error() const { return error_; }

 private:
  std::optional<T> value_;
  int error_ = 0;
};

}  // namespace testbed
