#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace testbed {

// One thing that is wrong in a file, and where. Lines and columns count from 1, columns in
// characters.
struct Problem {
  std::string file;
  int line = 1, column = 1;
  std::string message;

  std::string text() const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
  }
};

// What a file says; or, all at once and sorted by position, what is wrong with it.
template <class T>
struct Loaded {
  std::optional<T> value;
  std::vector<Problem> problems;
};

struct Position {
  int line = 1, column = 1;
};

// Collects the problems of one file.
class ProblemList {
 public:
  explicit ProblemList(std::string file) : file_(std::move(file)) {}

  void add(Position at, std::string message) {
    problems_.push_back({file_, at.line, at.column, std::move(message)});
  }
  bool empty() const { return problems_.empty(); }
  const std::string& file() const { return file_; }
  std::vector<Problem> take_sorted();

 private:
  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace testbed
