#include "orchestrator/cli/run_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

namespace testbed {

void declare_cell_options(CLI::App& app, RunSettings& settings, const std::string& repeat_help) {
  settings.jobs = std::max(1u, std::thread::hardware_concurrency());
  app.add_option("--jobs,-j", settings.jobs, "cells at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--repeat", settings.repeat, repeat_help)
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_flag("--offline", settings.offline, "take artifacts from the cache only");
}

void declare_evidence_options(CLI::App& app, RunSettings& settings) {
  app.add_flag_callback(
      "--strace", [&settings] { settings.tracing = Tracing::All; },
      "gVisor writes each system call to the cell's sandbox/debug: slow and large");
  settings.second_pass = SecondPassOf::Unexpected;
  app.add_flag_callback(
      "--no-second-pass", [&settings] { settings.second_pass = SecondPassOf::Nothing; },
      "what is red and not expected is not run once more for its system calls");
}

}  // namespace testbed
