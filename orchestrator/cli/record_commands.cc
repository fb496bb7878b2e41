// report, show, logs, why: questions about a recorded run.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "orchestrator/analyze/second_looks.h"
#include "orchestrator/analyze/why.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/log.h"
#include "orchestrator/base/printable.h"
#include "orchestrator/cli/cells_again.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/project.h"
#include "orchestrator/model/run_json.h"
#include "orchestrator/record/result_layout.h"
#include "orchestrator/record/run_reader.h"
#include "orchestrator/report/reports.h"

namespace testbed {
namespace {

struct Options {
  std::string run = "latest";
  std::string cell;
  std::string format = "text";
};

// `testbed why CELL` asks the latest run, `testbed why RUN CELL` a named one.
struct CellQuestion {
  std::vector<std::string> words;
  std::string format = "text";
  bool trace = false;  // of `why`

  void declare(CLI::App& app, const char* help) {
    app.add_option("run-and-cell", words, help)
        ->required()
        ->expected(1, 2)
        ->type_name("[RUN] CELL");
    app.add_option("--format", format, "text, json")
        ->capture_default_str()
        ->check(CLI::IsMember({"text", "json"}));
  }
};

struct FoundCell {
  Run run;
  std::string id;
};

std::optional<FoundCell> find(const CellQuestion& question, int& code) {
  const auto project = find_project();
  if (!project) {
    code = fail(kExitNoInput, "find the project: " + project.error().message);
    return std::nullopt;
  }
  auto run = load_run(*project, question.words.size() == 2 ? question.words[0] : "latest", code);
  if (!run) return std::nullopt;
  const auto id = find_cell(*run, question.words.back());
  if (!id) {
    code = fail(kExitNoInput, "find the cell: " + id.error().message);
    return std::nullopt;
  }
  return FoundCell{std::move(*run), *id};
}

int report(const Options& options) {
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  int code = kExitOk;
  const auto run = load_run(*project, options.run, code, detail_of(options.format));
  if (!run) return code;
  const auto text =
      render(options.format, *run,
             {.colour = shows_colour(STDOUT_FILENO), .width = terminal_width(STDOUT_FILENO)});
  return text ? print(*text) : fail(kExitUsage, "report: " + text.error().message);
}

std::string milliseconds_of(microseconds span) {
  return std::to_string(span.count() / 1000) + " ms";
}

std::string in_full(const CellResult& result) {
  std::ostringstream out;
  const Outcome& outcome = result.outcome;
  out << result.cell << ": " << name_of(outcome.observed) << ", " << name_of(outcome.verdict)
      << ", " << outcome.rungs_reached << " of " << outcome.rungs_total << " rungs\n";
  if (!outcome.reason.empty()) out << "  reason    " << outcome.reason << "\n";
  if (!outcome.expected.empty()) out << "  expected  " << outcome.expected << "\n";
  for (std::size_t i = 0; i < result.attempts.size(); ++i) {
    const Attempt& attempt = result.attempts[i];
    out << "  attempt " << i + 1 << ": up in " << milliseconds_of(attempt.start_up) << ", "
        << milliseconds_of(attempt.total) << " in all\n";
    for (const CheckResult& check : attempt.checks) {
      out << "    " << (check.is_rung ? "rung " : "check ") << check.name << ": "
          << name_of(check.observed);
      if (!check.detail.empty()) out << " (" << check.detail << ")";
      if (check.cause) out << " [" << check.cause->signature << "]";
      out << "  " << milliseconds_of(check.duration) << "\n";
      if (!check.command.empty()) out << "      $ " << check.command << "\n";
    }
    for (const std::string& left : attempt.leftovers) out << "    left behind: " << left << "\n";
  }
  return out.str();
}

int show(const CellQuestion& question) {
  int code = kExitOk;
  const auto found = find(question, code);
  if (!found) return code;
  const CellResult* result = found->run.find(found->id);
  if (result == nullptr) return print(found->id + ": pending, it was not run\n");
  return print(question.format == "json" ? to_pretty(to_json(*result))
                                         : printable(in_full(*result)));
}

int logs(const CellQuestion& question) {
  int code = kExitOk;
  const auto found = find(question, code);
  if (!found) return code;
  const bool for_terminal = ::isatty(STDOUT_FILENO);  // which a workload's output must not steer
  const auto missing =
      read_evidence(found->run, found->id, [&](const std::string& name, const std::string& text) {
        if (code != kExitOk) return;
        code = print("==> " + printable_line(name) + " <==\n" +
                     (for_terminal ? printable(text) : text) +
                     (text.empty() || text.back() == '\n' ? "" : "\n"));
      });
  if (!missing) return fail(kExitNoInput, "read the logs: " + missing.error().message);
  for (const std::string& line : *missing) log_warning(line);
  return code;
}

// Runs the cell and the neighbour that passes once more, as a run of their own; what was seen then
// is told with what the first run says.
int trace(FoundCell& found) {
  auto looks = second_looks(found.run, true);
  std::erase_if(looks, [&](const SecondLook& look) { return look.cell != found.id; });
  if (looks.empty()) return fail(kExitUsage, "trace " + found.id + ": nothing in it is red");
  const auto project = find_project();
  if (!project) return fail(kExitNoInput, "find the project: " + project.error().message);
  std::set<std::string> ids{found.id};
  if (!looks[0].neighbour.empty()) ids.insert(looks[0].neighbour);
  RunSettings settings;
  settings.jobs = 2;
  settings.second_pass = SecondPassOf::AllThatIsRed;
  settings.second_pass_cell = found.id;
  bool traced = false;
  settings.conclude = [&](const Run& run) {
    const auto pass = run.second_passes.find(found.id);
    if (pass == run.second_passes.end()) return;
    traced = true;
    found.run.second_passes[found.id] = pass->second;
    found.run.second_passes[found.id].folder = run.directory + "/" + pass->second.folder;
  };
  const int code = run_cells_again(*project, found.run, ids, settings);
  if (traced) return kExitOk;
  return code != kExitOk && code != kExitGateFailed
             ? code
             : fail(kExitTryAgain, "trace " + found.id + ": it was not red this time");
}

int why(const CellQuestion& question) {
  int code = kExitOk;
  auto found = find(question, code);
  if (!found) return code;
  if (question.trace && (code = trace(*found)) != kExitOk) return code;
  return print(question.format == "json" ? to_pretty(explanation_json(found->run, found->id))
                                         : explain(found->run, found->id));
}

Action declare_question(CLI::App& app, const char* help, int (*answer)(const CellQuestion&)) {
  auto question = std::make_shared<CellQuestion>();
  question->declare(app, help);
  return [question, answer] { return answer(*question); };
}

}  // namespace

Action declare_report(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("run", options->run, "id, unique prefix or latest")->capture_default_str();
  app.add_option(
         "--format", options->format,
         "text, markdown, json, junit, html, svg (the matrix), badge (svg), figures (what each "
         "rung took)")
      ->capture_default_str()
      ->check(CLI::IsMember(report_formats()));
  app.footer("Example: testbed report latest --format junit > junit.xml");
  return [options] { return report(*options); };
}

Action declare_show(CLI::App& app) {
  app.footer("Example: testbed show fuse-cgroup+runsc-20240722");
  return declare_question(app, "the cell, of the latest run or of RUN", show);
}

Action declare_logs(CLI::App& app) {
  app.footer("Example: testbed logs fuse-cgroup+runsc-20240722");
  return declare_question(app, "the cell, of the latest run or of RUN", logs);
}

Action declare_why(CLI::App& app) {
  app.footer(
      "Example: testbed why latest fuse-cgroup-bare+runsc-20240722 --trace\n"
      "With --trace the cell and the nearest cell that passes are run again, as a run of their "
      "own.");
  auto question = std::make_shared<CellQuestion>();
  question->declare(app, "the cell, of the latest run or of RUN");
  app.add_flag("--trace", question->trace,
               "run it again for its system calls, and compare them with those of a cell that "
               "passes");
  return [question] { return why(*question); };
}

}  // namespace testbed
