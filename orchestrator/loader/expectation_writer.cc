#include "orchestrator/loader/expectation_writer.h"

#include <sstream>

namespace testbed {
namespace {

// Double-quoted YAML: a text that reads back as itself, whatever it holds.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n' || c == '\t') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool is_plain(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '+';
  };
  for (const char c : text) {
    if (!allowed(c)) return false;
  }
  return !text.empty() && text[0] != '-' && text.find_first_not_of("0123456789.") < text.size();
}

std::string scalar(const std::string& text) { return is_plain(text) ? text : quoted(text); }

std::string values(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return scalar(texts[0]);
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "[" : ", ") + scalar(text);
  return out + "]";
}

bool begins_a_key(const std::string& line) {
  return !line.empty() && line[0] != ' ' && line[0] != '#' && line[0] != '\t' && line[0] != '-';
}

}  // namespace

std::string expect_block(const std::vector<ExpectationRow>& rows) {
  if (rows.empty()) return "";
  std::ostringstream out;
  out << "expect:\n";
  for (const ExpectationRow& row : rows) {
    std::string where;
    for (const auto& [axis, texts] : row.where)
      where += (where.empty() ? "" : ", ") + axis + ": " + values(texts);
    out << "  - where: {" << where << "}\n";
    if (!row.check.empty()) out << "    check: " << scalar(row.check) << "\n";
    if (!row.reaches.empty()) out << "    reaches: " << scalar(row.reaches) << "\n";
    if (!row.signature.empty()) out << "    signature: " << scalar(row.signature) << "\n";
    out << "    because: " << quoted(row.because) << "\n";
  }
  return out.str();
}

std::string with_expect_block(const std::string& scenario, const std::string& block) {
  std::istringstream in(scenario);
  std::string before, after, held;  // held: comments and blank lines, which are the next key's
  enum { Before, Within, After } state = Before;
  for (std::string line; std::getline(in, line);) {
    if (state == Before && line.starts_with("expect:")) {
      state = Within;
    } else if (state == Within && begins_a_key(line)) {
      state = After;
      after = held + line + "\n";
    } else if (state == Within) {
      const bool is_items = !line.empty() && line[0] != '#';
      held = is_items ? "" : held + line + "\n";
    } else {
      (state == Before ? before : after) += line + "\n";
    }
  }
  if (state == Before && !block.empty() && !before.empty()) before += "\n";
  if (!after.empty() && !after.starts_with("\n") && !block.empty()) after.insert(0, "\n");
  return before + block + after;
}

}  // namespace testbed
