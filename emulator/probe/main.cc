#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>

#include "emulator/probe/operations.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::probe {
namespace {

constexpr int kDiffers = 1, kUsageError = 64;

struct Wish {
  std::optional<std::string> outcome;  // "OK" or an errno name
  std::optional<std::string> value;    // of the main field
};

int usage_error(const std::string& message) {
  std::fprintf(stderr, "probe: %s\nusage: probe [--expect OK|ERRNO] [--value TEXT] OP ARGS...\n",
               message.c_str());
  return kUsageError;
}

int show_list() {
  for (const Operation& operation : operations())
    std::printf("%-10s %-44s %s\n", operation.name, operation.usage, operation.help);
  return 0;
}

int show_help() {
  std::puts(
      "usage: probe [--expect OK|ERRNO] [--value TEXT] OP ARGS...\n"
      "       probe --list | --help | --version\n\n"
      "Carries out one system operation and prints one line of JSON. Exits with 0 whatever\n"
      "came of it, 1 if it differs from --expect or --value, 64 for wrong usage.");
  return 0;
}

// Texts as they are, lists joined with commas, everything else as JSON writes it.
std::string plain(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_array()) return to_line(value);
  std::string text;
  for (const json::value& element : value.get_array())
    text += (text.empty() ? "" : ",") + plain(element);
  return text;
}

std::string line_of(const Operation& operation, const Arguments& arguments, const Outcome& outcome,
                    std::chrono::nanoseconds duration) {
  json::object line{{"op", operation.name},
                    {"args", json::array(arguments.begin(), arguments.end())},
                    {"call", outcome.call},
                    {"result", outcome.result},
                    {"errno", name_or_null(outcome.error)},
                    {"ns", duration.count()}};
  if (!outcome.value.empty()) line["value"] = outcome.value;
  return to_line(line);
}

int judge(const Wish& wish, const Outcome& outcome) {
  const std::string got = outcome.error == 0 ? "OK" : errno_name(outcome.error);
  if (wish.outcome && *wish.outcome != got) {
    std::fprintf(stderr, "probe: expected %s, got %s from %s\n", wish.outcome->c_str(), got.c_str(),
                 outcome.call);
    return kDiffers;
  }
  if (!wish.value) return 0;
  const std::string value =
      outcome.value.empty() ? "nothing" : plain(outcome.value.begin()->value());
  if (!outcome.value.empty() && value == *wish.value) return 0;
  std::fprintf(stderr, "probe: expected the value '%s', got '%s'\n", wish.value->c_str(),
               value.c_str());
  return kDiffers;
}

int carry_out(const std::string& name, const Arguments& arguments, const Wish& wish) {
  const Operation* operation = find_operation(name);
  if (!operation) return usage_error("unknown operation '" + name + "'; --list shows all");
  if (arguments.size() < operation->fewest || arguments.size() > operation->most)
    return usage_error("expected: " + name + " " + operation->usage);
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = operation->carry_out(arguments);
  const auto duration = std::chrono::steady_clock::now() - begin;
  if (!outcome) return usage_error(name + ": " + outcome.error().message);
  std::puts(line_of(*operation, arguments, *outcome, duration).c_str());
  return judge(wish, *outcome);
}

int run(const Arguments& words) {
  Wish wish;
  std::size_t at = 0;
  for (; at < words.size() && words[at].compare(0, 2, "--") == 0; ++at) {
    if (words[at] == "--list") return show_list();
    if (words[at] == "--help") return show_help();
    if (words[at] == "--version") return std::puts("probe " TESTBED_VERSION), 0;
    auto& option = words[at] == "--expect" ? wish.outcome : wish.value;
    if ((words[at] != "--expect" && words[at] != "--value") || at + 1 == words.size())
      return usage_error("unknown or incomplete option " + words[at]);
    option = words[++at];
  }
  if (at == words.size()) return usage_error("no operation");
  return carry_out(words[at], Arguments(words.begin() + static_cast<long>(at) + 1, words.end()),
                   wish);
}

}  // namespace
}  // namespace testbed::probe

int main(int argc, char** argv) {
  return testbed::probe::run(testbed::probe::Arguments(argv + 1, argv + argc));
}
