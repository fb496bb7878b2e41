#include "orchestrator/analyze/why.h"

#include "orchestrator/analyze/explanation.h"
#include "orchestrator/base/printable.h"
#include "orchestrator/model/run_json.h"

namespace testbed {
namespace {

constexpr std::size_t kLabel = 12;

std::string verb_of(Observed observed) {
  switch (observed) {
    case Observed::Pass:
      return "passed";
    case Observed::Fail:
      return "failed";
    case Observed::Crash:
      return "crashed";
    case Observed::Timeout:
      return "was still working at its limit";
    case Observed::Hang:
      return "hung";
    case Observed::Error:
      return "could not be judged, the scenario or a component is at fault";
    case Observed::Infra:
      return "could not be judged, the test bed or the machine is at fault";
    case Observed::Skip:
      return "was skipped";
    case Observed::Pending:
      return "was not run";
  }
  return "";
}

std::string where_of(const Neighbour& neighbour) {
  switch (neighbour.relation) {
    case Neighbour::Relation::Earlier:
      return "on " + neighbour.to + " (earlier)";
    case Neighbour::Relation::Later:
      return "on " + neighbour.to + " (later)";
    case Neighbour::Relation::Control:
      return "on " + neighbour.to + " (the control)";
    case Neighbour::Relation::OtherPlatform:
      return "on " + neighbour.to + " (another platform)";
    case Neighbour::Relation::OtherValue:
      break;
  }
  return "here with " + neighbour.axis + " " + neighbour.to;
}

std::string_view relation_name(Neighbour::Relation relation) {
  switch (relation) {
    case Neighbour::Relation::Earlier:
      return "earlier";
    case Neighbour::Relation::Later:
      return "later";
    case Neighbour::Relation::Control:
      return "control";
    case Neighbour::Relation::OtherPlatform:
      return "other-platform";
    case Neighbour::Relation::OtherValue:
      break;
  }
  return "other-value";
}

std::string neighbours_in_words(const Trouble& trouble) {
  const std::string name = "`" + trouble.check->name + "`";
  if (trouble.neighbours.empty())
    return "none: " + name + " passes in no cell that differs in one coordinate";
  std::string text = name + " passes ";
  for (std::size_t i = 0; i < trouble.neighbours.size(); ++i) {
    const Neighbour& neighbour = trouble.neighbours[i];
    text += (i == 0 ? "" : ", ") + where_of(neighbour);
    if (!neighbour.passes_all) text += " (which fails later)";
  }
  return text;
}

class Writer {
 public:
  Writer(const Run& run, const Explanation& what) : run_(run), what_(what) {}

  std::string write() {
    title();
    if (what_.result == nullptr) return std::move(out_);
    verdict();
    attempts();
    if (what_.broken_rung.check) account(what_.broken_rung, what_.result->outcome.cause, "  ");
    for (const Trouble& side : what_.side_checks) side_check(side);
    return std::move(out_);
  }

 private:
  void title() {
    std::string text = what_.title + ": ";
    if (what_.attempt == nullptr) {
      const bool excluded = !what_.planned->excluded_because.empty();
      text += excluded ? "excluded, " + what_.planned->excluded_because
              : what_.result
                  ? verb_of(what_.result->outcome.observed) + ", " + what_.result->outcome.reason
                  : "pending, it was not run";
    } else {
      text += reached();
    }
    out_ += printable_line(text) + "\n";
  }

  std::string reached() const {
    const Outcome& outcome = what_.result->outcome;
    std::string text = "reached " + std::to_string(outcome.rungs_reached) + " of " +
                       std::to_string(outcome.rungs_total) + " rungs" +
                       (outcome.rung.empty() ? "" : " (" + outcome.rung + ")");
    const CheckResult* check = what_.broken_rung.check;
    if (check == nullptr) return text;
    text += "; `" + check->name + "` " + verb_of(check->observed);
    return text + (check->detail.empty() ? "" : ": " + check->detail);
  }

  void verdict() {
    const Outcome& outcome = what_.result->outcome;
    line("verdict", std::string(name_of(outcome.verdict)) +
                        (outcome.expected.empty() ? "" : "; expected: " + outcome.expected));
    // Not what the title says already: an xpass, or a control that fails too.
    if (what_.attempt && outcome.reason != what_.attempt->reason) line("reason", outcome.reason);
  }

  void attempts() {
    if (what_.result->attempts.size() < 2) return;
    int number = 1;
    for (const Attempt& attempt : what_.result->attempts)
      line("attempt " + std::to_string(number++),
           std::string(name_of(attempt.observed)) +
               (attempt.reason.empty() ? "" : ", " + attempt.reason));
  }

  void side_check(const Trouble& side) {
    const CheckResult& check = *side.check;
    out_ += "  " +
            printable_line("check `" + check.name + "` " + verb_of(check.observed) + " (" +
                           std::string(name_of(check.verdict)) + ")" +
                           (check.detail.empty() ? "" : ": " + check.detail)) +
            "\n";
    account(side, check.cause, "    ");
  }

  void account(const Trouble& trouble, const std::optional<Cause>& cause,
               const std::string& indent) {
    indent_ = indent;
    if (cause) explain_once(*cause);
    if (is_red(trouble.check->observed)) line("neighbours", neighbours_in_words(trouble));
    if (cause && cause->signature.starts_with("unknown:") && !trouble.neighbours.empty())
      line("difference", difference_to(trouble.neighbours[0].cell));
    if (cause && !explained_before_) line("remedy", cause->remedy);
  }

  std::string difference_to(const std::string& cell) const {
    const std::string text = first_difference(run_, *what_.attempt, cell);
    return text.empty() ? "" : "first against " + cell + ": " + text;
  }

  void explain_once(const Cause& cause) {
    explained_before_ = cause.signature == explained_;
    line("signature", cause.signature + (explained_before_ ? ", as above" : ""));
    explained_ = cause.signature;
    if (!explained_before_) line("cause", cause.summary);
    std::string label = "evidence";
    for (const std::string& quote : cause.evidence) line(std::exchange(label, ""), quote);
  }

  void line(const std::string& label, const std::string& text) {
    if (text.empty()) return;
    std::string shown = label;
    shown.resize(std::max(shown.size() + 1, kLabel), ' ');
    out_ += indent_ + shown + printable_line(text) + "\n";
  }

  const Run& run_;
  const Explanation& what_;
  std::string out_, indent_ = "  ", explained_;
  bool explained_before_ = false;
};

json::array neighbours_json(const std::vector<Neighbour>& neighbours) {
  json::array array;
  for (const Neighbour& neighbour : neighbours)
    array.push_back(json::object{{"cell", neighbour.cell},
                                 {"relation", relation_name(neighbour.relation)},
                                 {"axis", neighbour.axis},
                                 {"from", neighbour.from},
                                 {"to", neighbour.to},
                                 {"passes_all", neighbour.passes_all}});
  return array;
}

json::object trouble_json(const Trouble& trouble) {
  return {{"check", to_json(*trouble.check)}, {"neighbours", neighbours_json(trouble.neighbours)}};
}

}  // namespace

std::string explain(const Run& run, const std::string& cell_id) {
  const auto what = explanation_of(run, cell_id);
  return what ? Writer(run, *what).write() : printable_line(what.error().message) + "\n";
}

std::string explain(const Run& run, const CellResult& result) { return explain(run, result.cell); }

json::object explanation_json(const Run& run, const std::string& cell_id) {
  const auto what = explanation_of(run, cell_id);
  if (!what) return {{"cell", cell_id}, {"error", what.error().message}};
  json::object object = {{"cell", cell_id}, {"title", what->title}};
  object["planned"] = to_json(*what->planned);
  if (what->result) object["outcome"] = to_json(what->result->outcome);
  if (what->broken_rung.check) object["broken_rung"] = trouble_json(what->broken_rung);
  json::array sides;
  for (const Trouble& side : what->side_checks) sides.push_back(trouble_json(side));
  object["side_checks"] = std::move(sides);
  return object;
}

}  // namespace testbed
