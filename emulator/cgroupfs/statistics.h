#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace testbed {

// What a server has answered since it started; counted without locks.
class Statistics {
 public:
  static constexpr std::size_t kOpcodes = 64;  // what lies beyond is counted as the last one

  void count(std::uint32_t opcode, int error, std::uint64_t nanoseconds) {
    Row& row = rows_[opcode < kOpcodes ? opcode : kOpcodes - 1];
    row.requests.fetch_add(1, std::memory_order_relaxed);
    row.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
    if (error != 0) row.errors.fetch_add(1, std::memory_order_relaxed);
  }

  struct Row {
    std::atomic<std::uint64_t> requests = 0, errors = 0, nanoseconds = 0;
  };
  const Row& row(std::uint32_t opcode) const { return rows_[opcode]; }

 private:
  std::array<Row, kOpcodes> rows_{};
};

}  // namespace testbed
