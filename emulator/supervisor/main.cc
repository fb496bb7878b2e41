#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "emulator/supervisor/launch.h"
#include "emulator/supervisor/options.h"
#include "emulator/supervisor/tracer.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::supervisor {
namespace {

int fail(const Refusal& refusal) {
  std::fprintf(stderr, "supervisor: %s\n", refusal.message.c_str());
  return refusal.exit_code;
}

int fail_all(const std::vector<Refusal>& errors) {
  for (const Refusal& error : errors) fail(error);
  std::fprintf(stderr, "supervisor --help tells more\n");
  return errors.front().exit_code;
}

std::atomic<pid_t> program_pid = -1;

// What somebody sends to us is meant for the program. What a terminal sends, it sends to both.
void pass_on(int signal, siginfo_t* about, void*) {
  if (about->si_code == SI_KERNEL) return;
  const pid_t pid = program_pid;
  if (pid > 0) ::kill(pid, signal);
}

void pass_signals_on() {
  struct sigaction action {};
  action.sa_sigaction = pass_on;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ::sigaction(signal, &action, nullptr);
  }
}

// The program could not be executed, if that is what came of it.
void tell_failure(const Launched& launched, const std::string& program) {
  LaunchFailure failure;
  if (::read(launched.failure.get(), &failure, sizeof failure) != sizeof failure) return;
  const bool filter = failure.step == LaunchFailure::Filter;
  fail({0, (filter ? "cannot install the filter" : "cannot execute " + program) + ": " +
               errno_text(failure.error)});
}

int supervise(const Options& options) {
  Journal journal;
  if (!options.journal.empty()) {
    auto opened = Journal::open(options.journal);
    if (!opened) return fail({kExitUnavailable, opened.error().message});
    journal = std::move(opened).value();
  }
  const Probed probed = probe_abilities();
  if (probed.refusal.exit_code != 0) return fail(probed.refusal);
  if (options.explain) {
    std::fprintf(stderr, "supervisor: %s\n", probed.abilities.text().c_str());
  }
  Handlers handlers(options.rules);
  Account account(std::move(journal), options.explain);
  FilterPlan plan = handlers.plan();
  plan.everything = options.trace_all;
  pass_signals_on();
  const Launched launched = launch(options.program, seccomp_filter(plan));
  if (launched.refusal.exit_code != 0) return fail(launched.refusal);
  program_pid = launched.pid;
  Tracer tracer(probed.abilities, handlers, account);
  bool executed = false;
  const int status = tracer.run(launched.pid, [&] {
    executed = true;
    const auto told = announce_ready(options.ready, std::to_string(launched.pid));
    if (!told) fail({0, told.error().message});
  });
  if (!executed) tell_failure(launched, options.program.front());
  if (options.summary) std::fputs(account.summary().c_str(), stderr);
  return status;
}

int run(const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(arguments);
  if (parsed.options.help) {
    std::fputs(help_text().c_str(), stdout);
    return 0;
  }
  if (parsed.options.version) {
    std::puts("supervisor " TESTBED_VERSION);
    return 0;
  }
  return parsed.errors.empty() ? supervise(parsed.options) : fail_all(parsed.errors);
}

}  // namespace
}  // namespace testbed::supervisor

int main(int argc, char** argv) { return testbed::supervisor::run({argv + 1, argv + argc}); }
