#pragma once

#include <utility>

namespace testbed::cgroupfs {

// A value, or the errno that the client gets in its place.
template <class T>
struct Answer {
  int error = 0;
  T value{};

  Answer(T given) : value(std::move(given)) {}
  static Answer fails(int error) {
    Answer answer{T{}};
    answer.error = error;
    return answer;
  }
  explicit operator bool() const { return error == 0; }
};

}  // namespace testbed::cgroupfs
