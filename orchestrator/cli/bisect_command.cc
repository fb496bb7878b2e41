// bisect: the version at which a check changed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "orchestrator/analyze/bisection.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/probing.h"

namespace testbed {
namespace {

struct Options {
  Probing::Options probing;
  bool fresh = false;
};

// The versions of one line of the matrix, oldest first.
struct Line {
  std::vector<Cell> cells;
  std::vector<std::string> runs;  // where each was seen; empty: not yet
};

Result<Line> line_of(const Probing& probing) {
  Line line{.cells = TRY(probing.cells(probing.scenario(), probing.catalog())), .runs = {}};
  std::erase_if(line.cells,
                [](const Cell& cell) { return cell.sandbox.kind != SandboxSpec::Kind::Runsc; });
  if (line.cells.size() < 2) return Error{"fewer than two versions are selected"};
  std::map<std::string, std::string> rest = line.cells[0].coordinates;
  rest.erase("sandbox");
  for (const Cell& cell : line.cells) {
    for (const auto& [axis, value] : rest) {
      if (cell.coordinates.at(axis) != value)
        return Error{"the versions of one line are compared: pick one value with --only " + axis +
                     "=" + value};
    }
    if (cell.sandbox.platform != line.cells[0].sandbox.platform)
      return Error{"the platforms differ: pick one with --only sandbox=..."};
  }
  std::sort(line.cells.begin(), line.cells.end(),
            [](const Cell& a, const Cell& b) { return a.sandbox.version < b.sandbox.version; });
  line.runs.resize(line.cells.size());
  return line;
}

std::string word_of(const Mark& mark) {
  switch (mark.state) {
    case Mark::State::Holds:
      return "holds";
    case Mark::State::Fails:
      return "fails";
    case Mark::State::Silent:
      return "says nothing";
    case Mark::State::Unknown:
      break;
  }
  return "not probed";
}

std::string seen_of(const Mark& mark) {
  return std::to_string(mark.agreeing) + " of " + std::to_string(mark.attempts) + " attempts";
}

class Bisect {
 public:
  Bisect(Probing probing, Options options, Line line)
      : probing_(std::move(probing)),
        options_(std::move(options)),
        line_(std::move(line)),
        bisection_(line_.cells.size()) {}

  int run() {
    for (auto wanted = bisection_.next(); !wanted.empty(); wanted = bisection_.next()) {
      int code = kExitOk;
      if (!probe(wanted, code)) return code;
    }
    const int printed = print(options_.probing.format == "json" ? to_pretty(as_json()) : as_text());
    if (printed != kExitOk) return printed;
    return bisection_.place() ? kExitOk : kExitNotFound;
  }

 private:
  bool probe(const std::vector<std::size_t>& wanted, int& code) {
    std::vector<std::string> ids;
    for (const std::size_t at : wanted) {
      if (!options_.fresh) {
        if (const auto earlier = probing_.find_earlier(line_.cells[at])) take(at, *earlier);
      }
      if (line_.runs[at].empty()) ids.push_back(line_.cells[at].id);
    }
    if (ids.empty()) return true;
    const auto run = probing_.run(probing_.scenario(), probing_.catalog(), ids, code);
    if (!run) return false;
    for (const std::size_t at : wanted) {
      if (line_.runs[at].empty()) take(at, *run);
    }
    return true;
  }

  void take(std::size_t at, const Run& run) {
    const CellResult* result = run.find(line_.cells[at].id);
    Mark mark{.state = Mark::State::Silent, .note = "it was not run"};
    if (result != nullptr) mark = mark_of(*result, options_.probing.check);
    bisection_.set(at, mark);
    line_.runs[at] = run.id;
    log_info(line_.cells[at].sandbox.label + " " + word_of(mark) +
             (mark.note.empty() ? "" : ": " + mark.note));
  }

  std::string what() const {
    return options_.probing.check.empty() ? "the whole ladder" : "`" + options_.probing.check + "`";
  }

  std::string as_text() const {
    std::ostringstream out;
    const auto& marks = bisection_.marks();
    for (std::size_t at = 0; at < marks.size(); ++at) {
      out << "  " << line_.cells[at].sandbox.label << "  " << word_of(marks[at]);
      if (marks[at].attempts > 0) out << ", " << seen_of(marks[at]);
      if (!marks[at].note.empty()) out << " (" << marks[at].note << ")";
      if (!line_.runs[at].empty()) out << "  in " << line_.runs[at];
      out << "\n";
    }
    const auto place = bisection_.place();
    if (!place) {
      out << what() << ": no change is to be seen between the first and the last version\n";
      return out.str();
    }
    const Cell &before = line_.cells[place->before], &after = line_.cells[place->after];
    out << what() << " " << word_of(marks[place->before]) << " up to " << before.sandbox.version
        << " and " << word_of(marks[place->after]) << " from " << after.sandbox.version
        << " on: it changed after " << before.sandbox.version << ", by " << after.sandbox.version
        << "\n";
    if (place->after > place->before + 1)
      out << place->after - place->before - 1 << " versions between them say nothing\n";
    return out.str();
  }

  json::object as_json() const {
    json::array probes;
    const auto& marks = bisection_.marks();
    for (std::size_t at = 0; at < marks.size(); ++at) {
      probes.push_back(json::object{{"cell", line_.cells[at].id},
                                    {"version", line_.cells[at].sandbox.version},
                                    {"state", word_of(marks[at])},
                                    {"attempts", marks[at].attempts},
                                    {"agreeing", marks[at].agreeing},
                                    {"note", marks[at].note},
                                    {"run", line_.runs[at]}});
    }
    json::object out{{"schema", "testbed-bisection-1"},
                     {"check", options_.probing.check},
                     {"probes", std::move(probes)}};
    if (const auto place = bisection_.place()) {
      out["after"] = line_.cells[place->before].sandbox.version;
      out["by"] = line_.cells[place->after].sandbox.version;
      out["from"] = word_of(marks[place->before]);
      out["to"] = word_of(marks[place->after]);
    }
    return out;
  }

  static constexpr int kExitNotFound = 1;
  Probing probing_;
  Options options_;
  Line line_;
  Bisection bisection_;
};

int bisect(const Options& options) {
  int code = kExitOk;
  auto probing = Probing::open(options.probing, code);
  if (!probing) return code;
  auto line = line_of(*probing);
  if (!line) return fail(kExitUsage, "bisect: " + line.error().message);
  return Bisect(std::move(*probing), options, std::move(*line)).run();
}

}  // namespace

Action declare_bisect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->probing.declare(app);
  app.add_flag("--fresh", options->fresh,
               "probe anew what a record of the same scenario, approach and programs tells");
  app.footer(
      "Example: testbed bisect exp07 --only approach=fuse-cgroup-bare --check listed\n"
      "All versions of the scenario are candidates; each probe is a recorded run, so that a "
      "search\n"
      "that was interrupted goes on where it was.\n"
      "Exit status: 0 the place was found, 1 nothing changes, 64 and higher as everywhere.");
  return [options] { return bisect(*options); };
}

}  // namespace testbed
