#include "orchestrator/run/matrix_runner.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "orchestrator/judge/ladder.h"
#include "orchestrator/judge/verdict.h"

namespace testbed {
namespace {

// Coordinates without the sandbox: a cell and its control have the same.
std::map<std::string, std::string> apart_from_sandbox(
    std::map<std::string, std::string> coordinates) {
  coordinates.erase("sandbox");
  return coordinates;
}

class MatrixRun {
 public:
  MatrixRun(const RunPlan& plan, const CellTools& tools, EventQueue& events, std::stop_token stop)
      : plan_(plan),
        tools_(tools),
        events_(events),
        stop_(std::move(stop)),
        results_(plan.cells.size()) {
    order_.resize(plan.cells.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (plan.seed) {
      std::mt19937_64 random(*plan.seed);
      std::shuffle(order_.begin(), order_.end(), random);
    }
    std::stable_partition(order_.begin(), order_.end(),
                          [&](std::size_t i) { return plan_.cells[i].is_control(); });
    for (std::size_t i = 0; i < plan.cells.size(); ++i) {
      const Cell& cell = plan.cells[i];
      if (cell.is_control()) controls_[apart_from_sandbox(cell.coordinates)] = i;
    }
    done_.resize(plan.cells.size(), false);
  }

  std::vector<CellResult> run() {
    {
      std::vector<std::jthread> workers;
      const std::size_t count = std::min<std::size_t>(std::max(plan_.jobs, 1u), order_.size());
      for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    }
    return std::move(results_);
  }

 private:
  void work() {
    while (const std::optional<std::size_t> next = take()) {
      CellResult result = finish(*next);
      // The attempts are in the record from now on; of a large matrix they would fill the memory.
      CellResult kept{.cell = result.cell, .attempts = {}, .outcome = result.outcome};
      events_.post_and_wait(CellFinished{std::move(result)});
      const std::lock_guard lock(mutex_);
      results_[*next] = std::move(kept);
      done_[*next] = true;
      finished_.notify_all();
    }
  }

  std::optional<std::size_t> take() {
    const std::lock_guard lock(mutex_);
    if (next_ == order_.size()) return std::nullopt;
    return order_[next_++];
  }

  CellResult finish(std::size_t index) {
    const Cell& cell = plan_.cells[index];
    std::vector<Attempt> attempts;
    for (int number = 1; number <= plan_.repeat && runnable(cell); ++number) {
      events_.post(CellStarted{cell.id, number});
      const Evidence evidence =
          run_attempt(cell, {.folder = std::to_string(number)}, tools_, stop_);
      attempts.push_back(assess_attempt(cell, evidence, plan_.causes));
    }
    return judge_cell(cell, std::move(attempts), control_of(cell));
  }

  bool runnable(const Cell& cell) const {
    return cell.excluded_because.empty() && !stop_.stop_requested() && !events_.failed();
  }

  // Waits for it: controls are taken first, so it is finished or being worked on.
  const Outcome* control_of(const Cell& cell) {
    if (cell.is_control()) return nullptr;
    const auto found = controls_.find(apart_from_sandbox(cell.coordinates));
    if (found == controls_.end()) return nullptr;
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return done_[found->second]; });
    return &results_[found->second].outcome;
  }

  const RunPlan& plan_;
  const CellTools& tools_;
  EventQueue& events_;
  const std::stop_token stop_;
  std::vector<std::size_t> order_;
  std::map<std::map<std::string, std::string>, std::size_t> controls_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::size_t next_ = 0;
  std::vector<CellResult> results_;
  std::vector<bool> done_;
};

}  // namespace

std::vector<CellResult> run_matrix(const RunPlan& plan, const CellTools& tools, EventQueue& events,
                                   std::stop_token stop) {
  return MatrixRun(plan, tools, events, std::move(stop)).run();
}

}  // namespace testbed
