#pragma once

#include <map>
#include <memory>

#include "orchestrator/record/event_log.h"

namespace testbed {

// Writes results/<run id>/ while a run goes on. The first event is RunStarted, the header; the last
// is RunFinished, the footer.
class Recorder : public EventSink {
 public:
  // The run's directory is new: two runs never write into one.
  static Result<std::unique_ptr<Recorder>> create(const fs::path& results_root,
                                                  const std::string& run_id);
  // With a new id for a run of that scenario. Runs that start in the same instant get two.
  static Result<std::unique_ptr<Recorder>> create_new(const fs::path& results_root,
                                                      const std::string& scenario);

  const fs::path& directory() const { return directory_; }
  Result<> take(const Event& event) override;
  // Where the evidence of an attempt goes, a folder in that of the cell; may be called by any
  // thread.
  Result<fs::path> make_cell_directory(const std::string& cell_id, const std::string& folder) const;

 private:
  static Result<std::unique_ptr<Recorder>> start_in(const fs::path& directory);
  enum class State { New, Open, Closed };
  Recorder(fs::path directory, EventLog log)
      : directory_(std::move(directory)), log_(std::move(log)) {}
  Result<> follow(const Event& event);
  json::object counts() const;

  const fs::path directory_;
  EventLog log_;
  State state_ = State::New;
  std::map<std::string, Verdict> verdicts_;  // by cell
};

}  // namespace testbed
