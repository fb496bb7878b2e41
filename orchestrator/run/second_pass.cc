#include "orchestrator/run/second_pass.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "orchestrator/judge/call_difference.h"
#include "orchestrator/judge/ladder.h"
#include "orchestrator/judge/verdict.h"

namespace testbed {
namespace {

constexpr std::size_t kMostFailures = 5;
// Of a trace that is kept; a cluster in a debug log writes many times that.
constexpr std::uintmax_t kLargestTrace = std::uintmax_t{64} << 20;

// One attempt for evidence, and what it gave. A cell may be looked at for itself and as a
// neighbour.
struct Watched {
  std::string cell, check;
  bool from_start = false;
  bool was_run = false;
  SecondPass pass;
  CallTrace trace;
};

std::string name_of_folder(const std::string& check) { return "second-pass-" + check; }

CallTrace read_trace(const fs::path& folder) {
  CallTraceReader reader;
  for (const std::string& name : list_directory(folder)) {
    std::ifstream file(folder / name);
    for (std::string line; std::getline(file, line);) reader.add_line(line);
  }
  return reader.finish();
}

std::string in_lines(const CallTrace& trace) {
  std::string text;
  for (const TracedThread& thread : trace.threads) {
    for (const TracedCall& call : thread.calls) text += thread.process + ": " + call.text() + "\n";
  }
  return text;
}

class SecondPassRun {
 public:
  SecondPassRun(const std::vector<SecondLook>& looks, const RunPlan& plan, const CellTools& tools,
                EventQueue& events, std::stop_token stop)
      : looks_(looks), plan_(plan), tools_(tools), events_(events), stop_(std::move(stop)) {
    // The stages and checks of the record are those that the verdicts stand on.
    tools_.post = [](Event) {};
    tools_.hold = {};
  }

  void run() {
    for (const SecondLook& look : looks_) {
      add(look.cell, look);
      if (!look.neighbour.empty()) add(look.neighbour, look);
    }
    {
      std::vector<std::jthread> workers;
      const auto count = std::min<std::size_t>(std::max(plan_.jobs, 1u), watched_.size());
      for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    }
    for (const SecondLook& look : looks_) conclude(look);
  }

 private:
  void add(const std::string& cell, const SecondLook& look) {
    if (find(cell, look.check)) return;
    watched_.push_back({.cell = cell,
                        .check = look.check,
                        .from_start = look.from_start,
                        .pass = {},
                        .trace = {}});
  }

  Watched* find(const std::string& cell, const std::string& check) {
    const auto found = std::find_if(watched_.begin(), watched_.end(), [&](const Watched& watched) {
      return watched.cell == cell && watched.check == check;
    });
    return found == watched_.end() ? nullptr : &*found;
  }

  void work() {
    for (std::size_t i; (i = next_++) < watched_.size();) {
      if (!stop_.stop_requested() && !events_.failed()) look_at(watched_[i]);
    }
  }

  void look_at(Watched& watched) {
    const auto cell = std::find_if(plan_.cells.begin(), plan_.cells.end(),
                                   [&](const Cell& one) { return one.id == watched.cell; });
    CHECK(cell != plan_.cells.end(), "a second look at a cell that is not planned");
    const std::string folder = name_of_folder(watched.check);
    const std::string from = watched.from_start ? kSandboxUp : watched.check;
    events_.post(SecondPassStarted{watched.cell, watched.check});
    const Evidence evidence =
        run_attempt(*cell, {.folder = folder, .watched = from}, tools_, stop_);
    // The side checks of an attempt get their verdicts with it; the cell keeps its own.
    CellResult judged = judge_cell(*cell, {assess_attempt(*cell, evidence, plan_.causes)}, nullptr);
    watched.pass = {.check = watched.check,
                    .attempt = std::move(judged.attempts[0]),
                    .folder = {},
                    .failed = {},
                    .waits = {},
                    .notes = evidence.notes,
                    .difference = {}};
    watched.was_run = !stop_.stop_requested();
    const auto directory = tools_.evidence_directory(watched.cell, folder);
    if (!directory) return watched.pass.notes.push_back(directory.error().message);
    watched.pass.folder = "cells/" + directory->parent_path().filename().string() + "/" + folder;
    take_trace(*directory, watched);
  }

  void take_trace(const fs::path& directory, Watched& watched) {
    const fs::path log = directory / "sandbox" / "debug";
    SecondPass& pass = watched.pass;
    watched.trace = read_trace(log);
    if (watched.trace.is_cut)
      pass.notes.push_back("only the first " + std::to_string(CallTraceReader::kMostCalls) +
                           " system calls of the sandbox were read");
    pass.calls = watched.trace.calls();
    pass.failed = last_failures(watched.trace, kMostFailures);
    pass.waits = waits_in(watched.trace);
    if (pass.calls > 0) {
      if (auto kept = write_file(directory / "calls", in_lines(watched.trace)); !kept)
        pass.notes.push_back("lost evidence: " + kept.error().message);
    }
    forget_if_large(log, pass);
  }

  static void forget_if_large(const fs::path& log, SecondPass& pass) {
    std::uintmax_t size = 0;
    std::error_code error;
    for (const std::string& name : list_directory(log)) size += fs::file_size(log / name, error);
    if (error || size <= kLargestTrace) return;
    pass.notes.push_back("the debug log had " + std::to_string(size >> 20) +
                         " MiB and was not kept");
    if (auto removed = remove_tree(log); !removed) pass.notes.push_back(removed.error().message);
  }

  void conclude(const SecondLook& look) {
    Watched& here = *find(look.cell, look.check);
    if (!here.was_run) return;
    Watched* there = look.neighbour.empty() ? nullptr : find(look.neighbour, look.check);
    SecondPass pass = here.pass;
    if (there != nullptr && there->was_run && !holds_now(pass)) compare(here, *there, pass);
    events_.post_and_wait(SecondPassFinished{look.cell, std::move(pass)});
  }

  static void compare(const Watched& here, const Watched& there, SecondPass& pass) {
    if (!holds_now(there.pass)) {
      pass.notes.push_back(there.cell + " did not pass `" + pass.check + "` again");
    } else if (here.pass.calls > 0 && there.pass.calls > 0) {
      pass.difference = first_difference(here.trace, there.trace);
      if (pass.difference) pass.difference->neighbour = there.cell;
    }
  }

  const std::vector<SecondLook>& looks_;
  const RunPlan& plan_;
  CellTools tools_;
  EventQueue& events_;
  const std::stop_token stop_;
  std::vector<Watched> watched_;
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace

void run_second_passes(const std::vector<SecondLook>& looks, const RunPlan& plan,
                       const CellTools& tools, EventQueue& events, std::stop_token stop) {
  SecondPassRun(looks, plan, tools, events, std::move(stop)).run();
}

}  // namespace testbed
