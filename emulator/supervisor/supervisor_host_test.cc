// The program, on this machine's kernel.
#include <gtest/gtest.h>

#include <sstream>

#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

const std::string kProgram = TESTBED_BINARY_DIR "/emulator/supervisor/supervisor";

const std::string kTestprog = TESTBED_BINARY_DIR "/emulator/supervisor/supervisor_testprog";

struct Seen {
  std::string status, out, err;
};

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(is_ok(make_directories(from_)));
    ASSERT_TRUE(is_ok(make_directories(to_)));
    ASSERT_TRUE(is_ok(write_file(from_ / "f", "from\n")));
    ASSERT_TRUE(is_ok(write_file(to_ / "f", "to\n")));
    const Seen seen = run({}, {"true"});
    if (seen.status == "exit code 77") GTEST_SKIP() << "needs ptrace: " << seen.err;
  }

  static Seen run(std::vector<std::string> options, const std::vector<std::string>& program) {
    options.insert(options.begin(), kProgram);
    options.emplace_back("--");
    options.insert(options.end(), program.begin(), program.end());
    auto output = run_command({.argv = options}, Deadline::after(milliseconds(60'000)));
    if (!output) return {output.error().message, "", ""};
    return {describe(output->status), output->out, output->err};
  }
  std::vector<std::string> redirect() const {
    return {"--rule", "redirect " + from_.string() + " -> " + to_.string()};
  }
  // What a shell under the redirect prints.
  std::string shell(const std::string& script) const {
    const Seen seen = run(redirect(), {"sh", "-c", "cd " + dir_.path().string() + "; " + script});
    return seen.out + seen.err;
  }

  TempDir dir_ = std::move(TempDir::make(fs::temp_directory_path(), "supervisor-test")).value();
  fs::path from_ = dir_.path() / "from", to_ = dir_.path() / "to";
};

TEST_F(SupervisorTest, TheExitStatusIsTheProgramsOwn) {
  EXPECT_EQ(run({}, {"sh", "-c", "exit 7"}).status, "exit code 7");
  EXPECT_EQ(run({}, {"sh", "-c", "kill -TERM $$"}).status, "exit code 143");
  const Seen missing = run({}, {"/nowhere/program"});
  EXPECT_EQ(missing.status, "exit code 127");
  EXPECT_EQ(missing.err,
            "supervisor: cannot execute /nowhere/program: ENOENT (No such file or "
            "directory)\n");
  EXPECT_EQ(run({}, {"/etc/passwd"}).status, "exit code 126");
}

TEST_F(SupervisorTest, MistakesAreToldAllAtOnceAndNothingStarts) {
  const fs::path rules = dir_.path() / "rules";
  ASSERT_TRUE(is_ok(write_file(rules, "\nstatfs /a as nofs\nlog nocall\n")));
  const Seen seen = run({"--rules", rules.string(), "--rule", "redirect a -> /b"},
                        {"touch", (dir_.path() / "started").string()});
  EXPECT_EQ(seen.status, "exit code 65");
  EXPECT_NE(seen.err.find(rules.string() + ":2:14: "), std::string::npos) << seen.err;
  EXPECT_NE(seen.err.find(rules.string() + ":3:5: "), std::string::npos) << seen.err;
  EXPECT_NE(seen.err.find("--rule:1:10: "), std::string::npos) << seen.err;
  EXPECT_FALSE(fs::exists(dir_.path() / "started"));
  EXPECT_EQ(run({"--nothing"}, {"true"}).status, "exit code 64");
  EXPECT_EQ(run({}, {}).status, "exit code 64");
}

TEST_F(SupervisorTest, APathIsRedirectedForAWholeTree) {
  EXPECT_EQ(shell("cat from/f"), "to\n");
  EXPECT_EQ(shell("cat " + from_.string() + "/f | cat | cat"), "to\n");
  EXPECT_EQ(shell("ln -s from l; cat l/f"), "to\n");
  EXPECT_EQ(shell("cat from/nothing"), "cat: from/nothing: No such file or directory\n");
  EXPECT_EQ(shell("cat to/f"), "to\n");
  EXPECT_EQ(read_part(from_ / "f", 0, 100), "from\n");
}

TEST_F(SupervisorTest, ALinkThatTheTreeMovesLeadsElsewhereAtOnce) {
  EXPECT_EQ(shell("mkdir o; echo other > o/f; ln -s from l; cat $PWD/l/f $PWD/l/f; "
                  "rm l; ln -s o l; cat $PWD/l/f; rm l; ln -s from l; cat $PWD/l/f; "
                  "mv to/f to/g; cat $PWD/l/f 2>&1 | sed 's/.*: //'; cat $PWD/l/g"),
            "to\nto\nother\nto\nNo such file or directory\nto\n");
}

TEST_F(SupervisorTest, WhatIsWrittenRenamedAndRemovedIsWhereTheRedirectLeads) {
  EXPECT_EQ(shell("echo new > from/n; mv from/n from/m; cat from/m; rm from/f; mkdir from/d"),
            "new\n");
  EXPECT_EQ(list_directory(to_), (std::vector<std::string>{"d", "m"}));
  EXPECT_EQ(list_directory(from_), std::vector<std::string>{"f"});
}

TEST_F(SupervisorTest, AProcessThatGoesThereBelievesToBeThere) {
  EXPECT_EQ(shell("cd from && pwd -P && cat f && cat ../to/f && readlink /proc/self/cwd"),
            from_.string() + "\nto\nto\n" + from_.string() + "\n");
}

TEST_F(SupervisorTest, TheTypeOfAFileSystemIsToldAsTheRuleSays) {
  const std::vector<std::string> rule{"--rule", "statfs " + from_.string() + " as cgroup2"};
  EXPECT_EQ(run(rule, {"stat", "-f", "-c", "%T", (from_ / "f").string()}).out, "cgroup2fs\n");
  EXPECT_NE(run(rule, {"stat", "-f", "-c", "%T", to_.string()}).out, "cgroup2fs\n");
}

TEST_F(SupervisorTest, ACallFailsAsTheRuleSays) {
  const Seen seen = run({"--rule", "fail openat on " + from_.string() + " with EPERM"},
                        {"cat", (from_ / "f").string(), (to_ / "f").string()});
  EXPECT_EQ(seen.out, "to\n");
  EXPECT_NE(seen.err.find("Operation not permitted"), std::string::npos) << seen.err;
}

TEST_F(SupervisorTest, AMadeUpFileIsThereForAllWhoAsk) {
  const std::string path = (from_ / "made").string();
  const Seen seen =
      run({"--rule", "file " + path + " = \"one\\ntwo\\n\""},
          {"sh", "-c",
           "cat $0; wc -c < $0; stat -c '%s %A' $0; test -r $0 && ! test -w $0 && echo readable; "
           "ls -l /dev/fd/3 3< $0 | sed 's/.*-> //'; (echo x > $0) 2>&1 | sed 's/.*: //'",
           path});
  EXPECT_EQ(seen.out, "one\ntwo\n8\n8 -r--r--r--\nreadable\n" + path + "\nPermission denied\n")
      << seen.err;
}

TEST_F(SupervisorTest, AMadeUpFileCanBeWhatACommandPrints) {
  const Seen seen = run({"--rule", "file /proc/*/cgroup = !sh -c \"echo $SUPERVISOR_PATH\""},
                        {"sh", "-c", "cat /proc/self/cgroup /proc/$$/cgroup; echo $$"});
  std::istringstream out(seen.out);
  std::string own, shell, pid;
  out >> own >> shell >> pid;
  EXPECT_EQ(shell, "/proc/" + pid + "/cgroup") << seen.err;
  EXPECT_NE(own, shell);
  EXPECT_TRUE(own.starts_with("/proc/") && own.ends_with("/cgroup")) << own;
}

TEST_F(SupervisorTest, AllTablesOfMountsTellTheSame) {
  const Seen seen = run({"--rule", "mount /nowhere as cgroup2 source cg options rw,nsdelegate"},
                        {"grep", "-h", "/nowhere", "/proc/self/mountinfo",
                         "/proc/thread-self/mountinfo", "/proc/mounts", "/proc/self/mounts"});
  std::istringstream out(seen.out);
  int info = 0, mounts = 0;
  for (std::string line; std::getline(out, line);) {
    info += line.ends_with(" / /nowhere rw,relatime - cgroup2 cg rw,nsdelegate") ? 1 : 0;
    mounts += line == "cg /nowhere cgroup2 rw,nsdelegate 0 0" ? 1 : 0;
  }
  EXPECT_EQ(info, 2) << seen.out;
  EXPECT_EQ(mounts, 2) << seen.out;
}

TEST_F(SupervisorTest, ARootOfItsOwnIsRespected) {
  REQUIRE_HOST(host::lacks_root());
  const fs::path root = dir_.path() / "root";
  ASSERT_TRUE(is_ok(make_directories(root / "real")));
  ASSERT_TRUE(is_ok(write_file(root / "real" / "f", "real\n")));
  fs::copy_file(kTestprog, root / "prog");
  const std::string rule =
      "redirect " + (root / "shown").string() + " -> " + (root / "real").string();
  EXPECT_EQ(run({"--rule", rule}, {"chroot", root.string(), "/prog", "registers", "/shown/f"}).out,
            "ok\n");
  // What is outside of the root has the same name as before, and is something else.
  EXPECT_NE(
      run(redirect(), {"chroot", root.string(), "/prog", "registers", from_.string() + "/f"}).out,
      "ok\n");
}

TEST_F(SupervisorTest, ARootOfAnotherMountNamespaceIsRespected) {
  REQUIRE_HOST(host::lacks_root());
  const fs::path root = dir_.path() / "root";
  ASSERT_TRUE(is_ok(make_directories(root)));
  // The new root is a mount that only that namespace has.
  const std::string script = "set -e; mount -t tmpfs none " + root.string() + "; cd " +
                             root.string() + "; mkdir real old; echo real > real/f; cp " +
                             kTestprog + " prog; pivot_root . old; exec ./prog registers /shown/f";
  const std::string rule =
      "redirect " + (root / "shown").string() + " -> " + (root / "real").string();
  const Seen seen = run({"--rule", rule}, {"unshare", "-m", "sh", "-c", script});
  EXPECT_EQ(seen.out, "ok\n") << seen.err;
}

// testprogs/behaviours.h says what each does. The answer is the same without a supervisor.
TEST_F(SupervisorTest, ProgramsBehaveAsWithoutIt) {
  const std::string f = (from_ / "f").string(), directory = from_.string();
  const std::vector<std::vector<std::string>> behaviours{
      {"threads", "8", f, "to"},
      {"threads", "2000", f, "to"},
      {"clone-kinds", f, "to"},
      {"leader-leaves", f, "to"},
      {"stop-and-go", f, "to"},
      {"kill-storm", "1000", f},
      {"registers", f},
      {"signals", f, "to"},
      {"interrupted-open", (from_ / "fifo").string()},
      {"bad-pointers", directory},
      {"long-paths", directory},
      {"other-abis", f},
      {"nested-tracing"},
      {"shared-path", f, (dir_.path() / "other").string()},
      {"descriptors", f, "27e0eb"},
  };
  std::vector<std::string> options = redirect();
  options.insert(options.end(), {"--rule", "statfs " + directory + " as cgroup"});
  for (const auto& behaviour : behaviours) {
    std::vector<std::string> program = behaviour;
    program.insert(program.begin(), kTestprog);
    const Seen seen = run(options, program);
    EXPECT_EQ(seen.status + " " + seen.out, "exit code 0 ok\n") << behaviour[0] << seen.err;
  }
  EXPECT_EQ(run(options, {kTestprog, "exec-by-thread", "/bin/cat", f}).out, "to\n");
}

TEST_F(SupervisorTest, WhatWasDoneStandsInTheJournalAndInTheSummary) {
  const fs::path journal = dir_.path() / "journal";
  std::vector<std::string> options = redirect();
  options.insert(options.end(), {"--journal", journal.string(), "--summary"});
  const Seen seen = run(options, {"cat", (from_ / "f").string()});
  const auto line = parse_json(read_part(journal, 0, 10'000));
  ASSERT_TRUE(is_ok(line));
  EXPECT_EQ(text_or(line->as_object(), "op"), "openat");
  EXPECT_EQ(text_or(line->as_object(), "rule"), "redirect");
  EXPECT_EQ(text_or(line->as_object(), "path"), (from_ / "f").string());
  EXPECT_EQ(text_or(line->as_object(), "to"), (to_ / "f").string());
  EXPECT_NE(seen.err.find("  openat\n"), std::string::npos) << seen.err;
}

TEST_F(SupervisorTest, ItSaysWhenTheProgramRuns) {
  const fs::path ready = dir_.path() / "ready";
  const Seen seen = run({"--ready-file", ready.string()}, {"cat", ready.string()});
  EXPECT_EQ(seen.out.substr(0, 6), "ready ") << seen.err;
}

TEST_F(SupervisorTest, InsideAnotherTracerItSaysThatItMayNot) {
  const Seen seen = run({}, {kProgram, "--", "true"});
  EXPECT_EQ(seen.status, "exit code 77") << seen.err;
  EXPECT_NE(seen.err.find("may not trace a process: EPERM"), std::string::npos) << seen.err;
}

}  // namespace
}  // namespace testbed
