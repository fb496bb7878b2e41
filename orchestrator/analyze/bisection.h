#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model/run.h"

namespace testbed {

// What is known of one version: whether the check holds there, or that it says nothing (it cannot
// be had, harness trouble, attempts that disagree).
struct Mark {
  enum class State { Unknown, Holds, Fails, Silent };
  State state = State::Unknown;
  int attempts = 0, agreeing = 0;  // behind the state
  std::string note{};              // of a silent one: why
};

// What a check came to in one cell. `check` is a rung or a side check; empty: the whole ladder.
Mark mark_of(const CellResult& result, const std::string& check);

// A search for the place in a list, oldest first, where a check changes. The ends must differ.
class Bisection {
 public:
  explicit Bisection(std::size_t size) : marks_(size) {}

  const std::vector<Mark>& marks() const { return marks_; }
  void set(std::size_t index, const Mark& mark) { marks_[index] = mark; }

  // What to look at next: both ends, then the middle of what is left. Nothing: it is done.
  std::vector<std::size_t> next() const;

  // The last one like the first and the first one like the last; between the two lie only silent
  // ones. Nothing while it is not done, or if nothing changes.
  struct Place {
    std::size_t before = 0, after = 0;
  };
  std::optional<Place> place() const;
  // Both ends are known and alike.
  bool is_uniform() const;

 private:
  struct Ends {
    std::size_t low, high;
  };
  std::optional<Ends> ends() const;
  std::optional<Place> narrowed() const;
  std::vector<Mark> marks_;
};

}  // namespace testbed
