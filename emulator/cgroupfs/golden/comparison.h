#pragma once

#include "emulator/cgroupfs/golden/operation.h"
#include "emulator/cgroupfs/golden/row.h"

namespace testbed::golden {

// A line of script/reasons.txt: where and how results may differ, and why.
struct Difference {
  std::string reason;             // its name
  std::string targets;            // globs, joined by ','
  std::string ids;                // the same
  std::string got{}, expected{};  // an errno or "ok" that it must be; empty: any
  std::string fields{};           // what may differ: "errno", "value", "result"; empty: any
  bool required = true;           // else "may": no fault where nothing differs
};

struct Reasons {
  std::vector<std::pair<std::string, std::string>> texts{};  // by name, in the order of the file
  std::vector<Difference> differences{};
};

Result<Reasons> parse_reasons(std::string_view text);

// What results are compared with. Of several recordings the first that has a row decides.
struct Reference {
  std::string layout{};
  std::vector<Recording> recordings{};

  struct Found {
    const Row* row = nullptr;
    const Recording* recording = nullptr;
  };
  Found find(const std::string& id) const;
};

enum class Verdict { Equal, ByIntent, ByMistake, NoReference };

// What an operation is about, for the table; that of writes depends on what the reference says.
enum class Kind { Read, Accepted, Refused, Attributes, Names, Processes };

struct Judgement {
  const Operation* operation;
  Kind kind;
  Verdict verdict;
  std::string reason{};  // of ByIntent
  const Row* expected = nullptr;
  const Row* got = nullptr;
};

struct Comparison {
  std::string target;
  std::vector<Judgement> judgements{};
  std::vector<Difference> obsolete{};  // reasons that are given for this target and explain nothing

  std::size_t count(Verdict verdict) const;
  bool holds() const { return count(Verdict::ByMistake) == 0 && obsolete.empty(); }
};

// Operations that the recording lacks, though the reference has them, are ByMistake.
Comparison compare(const std::string& target, const Script& script, const Reference& reference,
                   const Recording& recording, const Reasons& reasons);

// A line per difference by mistake and per obsolete reason, for people.
std::string describe_faults(const Comparison& comparison);

}  // namespace testbed::golden
